/*
 * clv_math.c
 *		Special functions and quadrature for the lifetime value models.
 *
 * Formula numbers are those of the NIST Digital Library of Mathematical
 * Functions (dlmf.nist.gov).
 */
#include "clv_math.h"

#include <float.h>
#include <stdbool.h>

/* From here on a few terms of the asymptotic series give every digit. */
#define ASYMPTOTIC 16.0

/* Products of so many factors are taken before their logarithm. */
#define FEW_FACTORS 16

const double crm_gauss_node[CRM_GAUSS_NODES] = {
	-0.9739065285171717, -0.8650633666889845, -0.6794095682990244,
	-0.4333953941292472, -0.14887433898163122, 0.14887433898163122,
	0.4333953941292472, 0.6794095682990244, 0.8650633666889845,
	0.9739065285171717
};

const double crm_gauss_weight[CRM_GAUSS_NODES] = {
	0.06667134430868814, 0.1494513491505806, 0.21908636251598204,
	0.26926671930999635, 0.29552422471475287, 0.29552422471475287,
	0.26926671930999635, 0.21908636251598204, 0.1494513491505806,
	0.06667134430868814
};

/* ln x - psi(x) - 1 / (2 x): 5.11.2, for large x */
static double
digamma_rest(double x)
{
	double		y = 1 / (x * x);

	return y * (1.0 / 12 - y * (1.0 / 120 - y * (1.0 / 252 - y *
												 (1.0 / 240 - y * (1.0 / 132 - y * 691.0 / 32760)))));
}

double
crm_digamma(double x)
{
	double		sum = 0;

	for (; x < ASYMPTOTIC; x++)
		sum -= 1 / x;
	return sum + log(x) - 0.5 / x - digamma_rest(x);
}

/* The series of ln gamma(x) behind Stirling's formula: 5.11.1, for large x */
static double
stirling_rest(double x)
{
	double		y = 1 / (x * x);

	return (1.0 / 12 - y * (1.0 / 360 - y * (1.0 / 1260 - y *
											 (1.0 / 1680 - y * (1.0 / 1188 - y * 691.0 / 360360))))) / x;
}

static bool
is_few(double n)
{
	return n <= FEW_FACTORS && n == floor(n);
}

double
crm_log_rising(double c, double n)
{
	if (is_few(n) && c < 1e15)
	{
		double		product = 1;

		for (int j = 0; j < (int) n; j++)
			product *= c + j;
		return log(product);
	}
	if (c < ASYMPTOTIC)
		return lgamma(c + n) - lgamma(c);
	return (c - 0.5) * log1p(n / c) + n * (log(c + n) - 1) +
		(stirling_rest(c + n) - stirling_rest(c));
}

double
crm_digamma_rise(double c, double n)
{
	if (is_few(n))
	{
		double		sum = 0;

		for (int j = 0; j < (int) n; j++)
			sum += 1 / (c + j);
		return sum;
	}
	if (c < ASYMPTOTIC)
		return crm_digamma(c + n) - crm_digamma(c);
	return log1p(n / c) + 0.5 * n / (c * (c + n)) +
		(digamma_rest(c) - digamma_rest(c + n));
}

/*
 * The continued fraction 8.17.22 by Lentz's method: converges in about
 * sqrt(a + b) steps for x < (a + 1) / (a + b + 2).
 */
static double
beta_fraction(double a, double b, double x)
{
	const double tiny = 1e-300;
	double		c = 1;
	double		d = 1 - (a + b) * x / (a + 1);
	double		f;

	d = 1 / (fabs(d) < tiny ? tiny : d);
	f = d;
	for (int m = 1; m < 100000; m++)
	{
		double		even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double		odd = -(a + m) * (a + b + m) * x /
		((a + 2 * m) * (a + 2 * m + 1));
		double		step;

		d = 1 + even * d;
		c = 1 + even / c;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		c = fabs(c) < tiny ? tiny : c;
		f *= d * c;
		d = 1 + odd * d;
		c = 1 + odd / c;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		c = fabs(c) < tiny ? tiny : c;
		step = d * c;
		f *= step;
		if (fabs(step - 1) < DBL_EPSILON)
			break;
	}
	return f;
}

/*
 * The integral of exp(-z y) (1 + y)^-n over y > 0 by v = ln(1 + y), where the
 * continued fraction is slow; panels end where the integrand has decayed.
 */
static double
expint_integral(double n, double z)
{
	double		v = 0;
	double		sum = 0;

	for (double lost = 0; lost < 40;)
	{
		double		h = 1.5;
		double		steep = z * exp(v);
		double		decay;

		/* what is small already need not be known as well */
		if (h * (n + 3 * steep) > 6 + lost / 2)
			h = (6 + lost / 2) / (n + 3 * steep);
		decay = h * (n - 1) + steep * expm1(h);
		for (int i = 0; i < CRM_GAUSS_NODES; i++)
		{
			double		at = v + h * (1 + crm_gauss_node[i]) / 2;

			sum += h / 2 * crm_gauss_weight[i] *
				exp(-(n - 1) * at - z * expm1(at));
		}
		lost += decay;
		v += h;
	}
	return sum;
}

/* The continued fraction 8.19.17, contracted, by Lentz's method. */
double
crm_scaled_expint(double n, double z)
{
	double		b = z + n;
	double		c = 1e300;
	double		d = 1 / b;
	double		f = d;

	if (z < 1)
		return expint_integral(n, z);
	for (int i = 1; i < 10000; i++)
	{
		double		a = -i * (n - 1 + i);
		double		step;

		b += 2;
		d = 1 / (a * d + b);
		c = b + a / c;
		step = c * d;
		f *= step;
		if (fabs(step - 1) < DBL_EPSILON)
			break;
	}
	return f;
}

/* ln of 1 / Beta(a, b) */
static double
log_inverse_beta(double a, double b)
{
	double		small = a < b ? a : b;
	double		large = a < b ? b : a;

	return crm_log_rising(large, small) - lgamma(small);
}

double
crm_incomplete_beta(double a, double b, double x, double y)
{
	double		front;

	if (x <= 0)
		return 0;
	if (y <= 0)
		return 1;
	front = exp(log_inverse_beta(a, b) + a * (y < 0.5 ? log1p(-y) : log(x)) +
				b * (x < 0.5 ? log1p(-x) : log(y)));
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a;
	return 1 - front * beta_fraction(b, a, y) / b;
}

/*----------
 * Means over a beta distribution: the trapezoidal rule over the real line,
 * which converges exponentially, after p = 1 / (1 + exp(-w)),
 * w = ln(a / b) + width * S * sinh(u / S): nearly straight where the density
 * has its weight and f bends, then ever faster along exponential tails.
 *----------
 */

/* Densities below exp(-this) of the mode's count for nothing. */
#define TAIL 45.0
#define STRAIGHT 5.0
#define MAX_HALVINGS 12

/* The error squares with each halving of the step. */
#define HALVED_ONCE_MORE 1e-7

typedef struct BetaRule
{
	double		a;
	double		b;
	double		centre;
	double		width;
	double		mode;			/* ln of the density at u = 0 */
	CrmShareFunction f;
	const void *arg;
} BetaRule;

/* Weight of the node u, unnormalised; adds weight and weight * f. */
static void
add_node(const BetaRule *rule, double u, double *weight, double *sum)
{
	double		stretched = exp(u / STRAIGHT);
	double		w = rule->centre +
	rule->width * STRAIGHT * (stretched - 1 / stretched) / 2;
	double		e = exp(-fabs(w));
	double		less = -log1p(e);
	double		log_p = w > 0 ? less : less + w;
	double		log_q = w > 0 ? less - w : less;
	double		density = rule->a * log_p + rule->b * log_q - rule->mode;

	if (density < -700)
		return;
	density = exp(density) * (stretched + 1 / stretched);
	*weight += density;
	*sum += density * rule->f(rule->arg, (w > 0 ? 1 : e) / (1 + e),
							  (w > 0 ? e : 1) / (1 + e));
}

/* How far out the density still counts on one side. */
static double
reach(const BetaRule *rule, double exponent)
{
	return STRAIGHT * asinh(TAIL * (1 + 1 / exponent) /
							(STRAIGHT * rule->width));
}

double
crm_beta_mean(double a, double b, CrmShareFunction f, const void *arg)
{
	BetaRule	rule = {a, b, log(a / b), sqrt(1 / a + 1 / b), 0, f, arg};
	double		step = 0.5;
	double		low;
	double		high;
	double		weight = 0;
	double		sum = 0;
	double		mean = -1;

	if (rule.width > 1)
		rule.width = 1;
	rule.mode = -a * log1p(b / a) - b * log1p(a / b);
	low = -ceil(reach(&rule, a) / step) * step;
	high = ceil(reach(&rule, b) / step) * step;
	for (double u = low; u <= high; u += step)
		add_node(&rule, u, &weight, &sum);
	for (int halving = 0; halving < MAX_HALVINGS; halving++)
	{
		double		before = mean;

		for (double u = low + step / 2; u < high; u += step)
			add_node(&rule, u, &weight, &sum);
		step /= 2;
		mean = sum / weight;
		if (fabs(mean - before) <= HALVED_ONCE_MORE * mean || sum == 0)
			break;
	}
	return mean;
}

/*----------
 * Integrals: the 15 point Kronrod rule with its 7 point Gauss rule (Kronrod
 * 1965), constants and error estimate as in QUADPACK (Piessens et al. 1983).
 *----------
 */

#define TOLERANCE 1e-12
#define MAX_DEPTH 40

static const double kronrod_node[8] = {
	0.991455371120812639206854697526329, 0.949107912342758524526189684047851,
	0.864864423359769072789712788640926, 0.741531185599394439863864773280788,
	0.586087235467691130294144045258728, 0.405845151377397166906606412076961,
	0.207784955007898467600689403773245, 0
};
static const double kronrod_weight[8] = {
	0.022935322010529224963732008058970, 0.063092092629978553290700663189204,
	0.104790010322250183839876322541518, 0.140653259715525918745189590510238,
	0.169004726639267902826583426598550, 0.190350578064785409913256402421014,
	0.204432940075298892414161999234649, 0.209482141084727828012999174891714
};
static const double gauss_weight[4] = {
	0.129484966168869693270611432679082, 0.279705391489276667901467771423780,
	0.381830050505118944950369775488975, 0.417959183673469387755102040816327
};

/* The integral over one panel; *error is about how wrong it is. */
static double
panel(CrmIntegrand f, const void *arg, double low, double high, double *error)
{
	double		middle = (low + high) / 2;
	double		half = (high - low) / 2;
	double		kronrod = 0;
	double		gauss = 0;
	double		value[15];
	double		spread = 0;
	double		e;

	for (int i = 0; i < 8; i++)
	{
		double		right = f(arg, middle + half * kronrod_node[i]);
		double		left = i == 7 ? 0 : f(arg, middle - half * kronrod_node[i]);

		value[i] = right;
		if (i < 7)
			value[14 - i] = left;
		kronrod += kronrod_weight[i] * (left + right);
		if (i % 2 == 1)
			gauss += gauss_weight[i / 2] * (left + right);
	}
	for (int i = 0; i < 15; i++)
		spread += kronrod_weight[i < 8 ? i : 14 - i] *
			fabs(value[i] - kronrod / 2);
	e = fabs(kronrod - gauss);
	if (spread > 0)
	{
		double		scaled = pow(200 * e / spread, 1.5);

		e = spread * (scaled < 1 ? scaled : 1);
	}
	*error = half * e;
	return half * kronrod;
}

double
crm_integrate(CrmIntegrand f, const void *arg, double low, double high,
			  double width)
{
	double		panels = ceil((high - low) / width);
	double		sum = 0;
	double		rough = 0;

	if (!(high > low))
		return 0;
	for (double k = 0; k < panels; k++)
	{
		double		left = low + (high - low) * (k / panels);
		double		end[MAX_DEPTH + 1];
		int			depth = 0;

		end[0] = low + (high - low) * ((k + 1) / panels);
		while (depth >= 0)
		{
			double		error;
			double		part = panel(f, arg, left, end[depth], &error);

			if (fabs(part) > rough)
				rough = fabs(part);
			if (error <= TOLERANCE * (fabs(sum) > rough ? fabs(sum) : rough) ||
				depth == MAX_DEPTH)
			{
				sum += part;
				left = end[depth--];
				continue;
			}
			end[depth + 1] = (left + end[depth]) / 2;
			depth++;
		}
	}
	return sum;
}
