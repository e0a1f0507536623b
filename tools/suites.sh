# shellcheck shell=bash
# The suites of `make test`. Every suite turns into TAP or into the lines of
# pg_regress, and one function counts them, so that a test program that ends
# early or prints nothing is a failure too.

total_passed=0
total_failed=0

wanted() # wanted SUITE [NAME]: does T ask for it
{
    local suite=$1 name=${2:-} word
    [ -n "${T:-}" ] || return 0
    for word in $T; do
        [ "$word" = "$suite" ] && return 0
        if [[ $word == "$suite"/* ]]; then
            [ -z "$name" ] && return 0
            [ "$word" = "$suite/$name" ] && return 0
        fi
    done
    return 1
}

server_suites=(regress isolation pgtap docs tap)

wants_server()
{
    local suite
    for suite in "${server_suites[@]}"; do
        ! wanted "$suite" || return 0
    done
    return 1
}

# A misspelt T would run nothing and look like a success.
check_filter()
{
    local word suite
    for word in ${T:-}; do
        suite=${word%%/*}
        [[ " lists unit fuzz ${server_suites[*]} " == *" $suite "* ]] ||
            die "T=$word: the suites are lists unit fuzz ${server_suites[*]}"
        [[ $word == */* ]] || continue
        [[ " $(known_names "$suite") " == *" ${word#*/} "* ]] ||
            die "T=$word: $suite has $(known_names "$suite")"
    done
}

known_names() # known_names SUITE
{
    case $1 in
        lists) ;;
        docs) (cd "$src" && basename -as .md README.md docs/*.md | xargs) ;;
        *) list "${1^^}" | xargs ;;
    esac
}

names() # names SUITE LIST: those of the Makefile's list that T asks for
{
    local name
    for name in $(list "$2"); do
        ! wanted "$1" "$name" || echo "$name"
    done
}

run_suite() # its function sets passed and failed, and shows what failed
{
    local suite=$1 start
    [ "$suite" = log ] || wanted "$suite" || return 0
    start=$(now)
    passed=0
    failed=0
    "suite_$suite"
    total_passed=$((total_passed + passed))
    total_failed=$((total_failed + failed))
    say "$start" "$suite: $passed passed, $failed failed"
}

report()
{
    say "$1" "in all"
    ended=yes
    echo "$total_passed passed, $total_failed failed"
    [ "$total_failed" -eq 0 ] && [ "$total_passed" -gt 0 ]
}

# Reads TAP, adds to passed and failed. EXIT is the program's status.
count_tap() # count_tap NAME FILE EXIT
{
    local name=$1 file=$2 rc=$3 counts
    counts=$(awk -v rc="$rc" '
        /^ok/ || (/^not ok/ && /# *TODO/) { ok++ }
        /^not ok/ && !/# *TODO/ { bad++ }
        /^1\.\.[0-9]+/ { plan = substr($1, 4) + 0; planned = 1 }
        END {
            if (!planned || plan != ok + bad) { bad++; why = "the plan is not kept" }
            if (rc != 0 && bad == 0) { bad++; why = "exit status " rc }
            print ok + 0, bad + 0, why
        }' "$file")
    passed=$((passed + $(cut -d' ' -f1 <<<"$counts")))
    failed=$((failed + $(cut -d' ' -f2 <<<"$counts")))
    if [ "$(cut -d' ' -f2 <<<"$counts")" -gt 0 ]; then
        echo "--- $name failed: $(cut -d' ' -f3- <<<"$counts") ($file)"
        awk '/^not ok/ { shown = 1; print; next }
             /^ok/ { shown = 0 }
             shown && /^#/ { print }' "$file" | head -n 80
        grep -aE '(runtime error|SUMMARY:|ERROR: AddressSanitizer|PANIC|Bail out)' \
            "$file" | tail -n 10 || true
        grep -q '^not ok' "$file" || tail -n 25 "$file"
    fi
}

# PostgreSQL 15 prints "test x ... ok", later versions print TAP
count_regress() # count_regress NAME FILE EXIT DIFFS
{
    local good bad
    good=$(grep -cE '^((test| )\s+\S+\s+\.\.\. ok|ok [0-9]+)' "$2" || true)
    bad=$(grep -cE '^((test| )\s+\S+\s+\.\.\. FAILED|not ok [0-9]+)' "$2" || true)
    if [ "$3" -ne 0 ] && [ "$bad" -eq 0 ]; then
        bad=1
    fi
    passed=$((passed + good))
    failed=$((failed + bad))
    if [ "$bad" -gt 0 ]; then
        echo "--- $1 failed ($2)"
        tail -n 20 "$2"
        [ ! -s "$4" ] || { echo "--- $4"; head -n 120 "$4"; }
    fi
}

# -- lists: a file that no list names is a test that never runs ---------------

suite_lists()
{
    local out=$results/lists.tap
    {
        listed CORE src/core .c
        listed GLUE src/pg .c
        listed INSTALL_PIECES sql/install .sql
        listed REGRESS sql .sql
        listed ISOLATION test/isolation/specs .spec
        listed PGTAP test/pgtap .sql
        listed TAP test/tap .t
        listed UNIT test/unit _test.c
        listed FUZZ test/fuzz _fuzz.c
        echo 1..9
    } >"$out"
    count_tap lists "$out" 0
}

listed() # listed LIST DIRECTORY SUFFIX
{
    local files
    files=$( (find "$src/$2" -maxdepth 1 -name "*$3" -printf "%f\n" 2>/dev/null || true) |
        sed "s/${3//./\\.}\$//" | sort)
    if [ "$files" = "$(list "$1" | tr -s ' ' '\n' | sort)" ]; then
        echo "ok - $1 of the Makefile names every $2/*$3"
    else
        echo "not ok - $1 of the Makefile names every $2/*$3, and nothing else"
        diff <(list "$1" | tr -s ' ' '\n' | sort) <(echo "$files") |
            sed 's/^/# /' || true
    fi
}

# -- unit and fuzz: programs that link the core alone --------------------------

make_programs() # make_programs GOAL LIST NAMES
{
    step "build the $1" make -s --no-print-directory -j2 -f "$src/Makefile" \
        "$1" "OUT=$build" "CLANG=$CLANG" "$2=$3"
}

suite_unit()
{
    local name rc names
    names=$(names unit UNIT | xargs)
    [ -n "$names" ] || return 0
    make_programs unit-programs UNIT "$names"
    for name in $names; do
        rc=0
        run "$build/unit/${name}_test" </dev/null >"$results/unit-$name.tap" 2>&1 || rc=$?
        count_tap "unit/$name" "$results/unit-$name.tap" "$rc"
    done
}

suite_fuzz()
{
    local name names
    names=$(names fuzz FUZZ | xargs)
    [ -n "$names" ] || return 0
    make_programs fuzz-programs FUZZ "$names"
    # shellcheck disable=SC2086  # a list
    run fuzz_all $names </dev/null
    for name in $names; do
        judge_fuzz "$name"
    done
}

fuzz_all() # two at a time: each takes its seconds whatever the machine
{
    local name
    for name in "$@"; do
        while [ "$(jobs -rp | wc -l)" -ge 2 ]; do
            wait -n || true
        done
        fuzz_one "$name" &
    done
    wait
}

# What was found stays in build/ and is the start of the next run; the seeds
# of the repository are only read.
fuzz_one()
{
    local name=$1 found=$build/fuzz/found/$1 rc=0
    local seeds=$src/test/fuzz/corpus/$1 dirs
    mkdir -p "$found"
    dirs=("$found")
    [ ! -d "$seeds" ] || dirs+=("$seeds")
    "$build/fuzz/${name}_fuzz" -max_total_time="${FUZZ_SECONDS:-3}" \
        -timeout=10 -max_len=4096 -print_final_stats=1 \
        -artifact_prefix="$found/" "${dirs[@]}" \
        >"$results/fuzz-$name.log" 2>&1 || rc=$?
    echo "$rc" >"$results/fuzz-$name.rc"
}

judge_fuzz()
{
    local name=$1 log=$results/fuzz-$1.log
    if [ "$(cat "$results/fuzz-$name.rc")" = 0 ]; then
        passed=$((passed + 1))
        [ "${FUZZ_SECONDS:-3}" -lt 10 ] ||
            echo "           $name: $(sed -n 's/stat::number_of_executed_units: *//p' "$log") inputs"
    else
        failed=$((failed + 1))
        echo "--- fuzz/$name failed ($log)"
        grep -aE '(ERROR|SUMMARY|runtime error|Test unit written)' "$log" | tail -n 20 || true
    fi
}

# -- in the private cluster -----------------------------------------------------

pgxs_test_dir()
{
    echo "$(dirname "$("$PG_CONFIG" --pgxs)")/../test"
}

suite_regress()
{
    local names out=$results/regress rc=0
    names=$(names regress REGRESS | xargs)
    [ -n "$names" ] || return 0
    mkdir -p "$out"
    # shellcheck disable=SC2086  # a list
    run "$(pgxs_test_dir)/regress/pg_regress" --bindir="$bin" --inputdir="$src" \
        --outputdir="$out" --dbname=contrib_regression \
        --load-extension=crmprob --host="$run_dir" --port=5432 --user=postgres \
        $names </dev/null >"$out/log" 2>&1 || rc=$?
    count_regress regress "$out/log" "$rc" "$out/regression.diffs"
}

suite_isolation()
{
    local names out=$results/isolation rc=0
    names=$(names isolation ISOLATION | xargs)
    [ -n "$names" ] || return 0
    mkdir -p "$out"
    # shellcheck disable=SC2086
    run "$(pgxs_test_dir)/isolation/pg_isolation_regress" --bindir="$bin" \
        --inputdir="$src/test/isolation" --outputdir="$out" \
        --dbname=isolation_regression --load-extension=crmprob \
        --host="$run_dir" --port=5432 --user=postgres \
        $names </dev/null >"$out/log" 2>&1 || rc=$?
    count_regress isolation "$out/log" "$rc" "$out/regression.diffs"
}

fresh_database() # fresh_database NAME EXTENSION...
{
    local name=$1 extension
    shift
    sql postgres -c "DROP DATABASE IF EXISTS $name" \
        -c "CREATE DATABASE $name TEMPLATE template0" 2>&1
    for extension in "$@"; do
        sql "$name" -c "CREATE EXTENSION $extension" 2>&1
    done
}

suite_pgtap()
{
    local name rc out
    for name in $(names pgtap PGTAP); do
        rc=0
        out=$results/pgtap-$name.tap
        fresh_database pgtap pgtap crmprob >"$out" || rc=$?
        run "$bin/psql" -X -q -A -t -P pager=off -v ON_ERROR_STOP=1 -d pgtap \
            -f "test/pgtap/$name.sql" </dev/null >>"$out" 2>&1 || rc=$?
        count_tap "pgtap/$name" "$out" "$rc"
    done
}

# A file of examples is a conversation with one database of its own. Those
# that create the extension themselves start without it.
suite_docs()
{
    local file name rc out
    for file in README.md docs/*.md; do
        [ -e "$src/$file" ] || continue
        name=$(basename "$file" .md)
        wanted docs "$name" || continue
        rc=0
        out=$results/docs-$name.tap
        if grep -qi 'CREATE EXTENSION crmprob' "$src/$file"; then
            fresh_database docs >"$out" || rc=$?
        else
            fresh_database docs crmprob >"$out" || rc=$?
        fi
        run perl "$src/test/docs/examples.pl" "$bin/psql" "$src/$file" \
            </dev/null >>"$out" 2>&1 || rc=$?
        count_tap "docs/$name" "$out" "$rc"
    done
}

# Whole servers of their own, so as the server's user and in its directory;
# that user may not be able to read the clone.
suite_tap()
{
    local name rc out dir=$run_dir/tap
    mkdir -p "$dir/src/sql"
    cp -R "$src/test/tap/." "$dir"
    cp -R "$src/sql/upgrade" "$dir/src/sql/" 2>/dev/null || true
    cp "$src/crmprob.control" "$src/META.json" "$src/CHANGELOG.md" \
        "$src/test/pgtap/catalog.sql" "$dir/src/"
    cp -R "$(pgxs_test_dir)/perl" "$dir/perl"
    [ -z "$server_user" ] || chown -R "$server_user" "$dir"
    for name in $(names tap TAP); do
        rc=0
        out=$results/tap-$name.tap
        run tap_one "$dir" "$name" </dev/null >"$out" 2>&1 || rc=$?
        count_tap "tap/$name" "$out" "$rc"
        if [ "$rc" -ne 0 ]; then
            mkdir -p "$results/tap-$name"
            cp -R "$dir/$name"/tmp_check/log "$results/tap-$name/" 2>/dev/null || true
            # a statement that failed outside any check is told only there
            grep -aE '(ERROR|FATAL|PANIC|HINT):' \
                "$results/tap-$name/log/regress_log_$name" | tail -n 5 || true
        fi
    done
}

tap_one()
{
    local dir=$1 name=$2
    mkdir -p "$dir/$name"
    [ -z "$server_user" ] || chown "$server_user" "$dir/$name"
    cd "$dir/$name"
    # TESTDIR is read by version 15, the other two by later ones
    unset PGHOST PGUSER PGDATABASE PGPORT
    exec 9>&-
    as_user_exec env PATH="$bin:$PATH" TESTDIR="$dir/$name" \
        TESTDATADIR="$dir/$name/tmp_check" TESTLOGDIR="$dir/$name/tmp_check/log" \
        PG_REGRESS="$(pgxs_test_dir)/regress/pg_regress" CRMPROB_SRC="$dir/src" \
        PERL5LIB="$dir/perl:$dir" \
        perl "$dir/$name.t"
}

# A backend that died took its session's test with it, but the next test
# would not tell why. This counts as a test of its own.
suite_log()
{
    local bad
    cp "$run_dir/server.log" "$results/"
    bad=$(grep -E '(was terminated by signal|PANIC:|TRAP:)' "$run_dir/server.log" || true)
    if [ -z "$bad" ]; then
        passed=1
    else
        failed=1
        echo "--- the server crashed"
        echo "$bad"
    fi
}
