# like: dash bash
# A small framework for tests in the shell: finds the test functions in its own text, runs each in a subshell, counts.
total=0 failures=0

assert_equal() {
    if [ "$1" = "$2" ]; then return 0; fi
    echo "  expected <$1>, got <$2>${3:+: $3}"
    exit 1
}

assert() {
    if "$@"; then return 0; fi
    echo "  not true: $*"
    exit 1
}

assert_fails() {
    if ("$@") >/dev/null 2>&1; then
        echo "  succeeded: $*"
        exit 1
    fi
}

set_up() { fixture="fixture of $1"; }

test_strings() {
    assert_equal ab "a${EMPTY-}b"
    x=path/to/file.tar.gz
    assert_equal "file tar.gz" "$(b=${x##*/}; echo "${b%%.*} ${b#*.}")"
}
test_fields() {
    IFS=:
    # shellcheck disable=SC2086
    set -- $(echo 'a:b c::d')
    assert_equal 4 $#
    assert_equal 'a|b c||d' "$(IFS='|'; echo "$*")"
}
test_arithmetic() {
    assert_equal 14 $((2 + 3 * 4))
    i=5
    assert_equal 5,6 "$i,$((i += 1))" 'assignment'
}
test_pipes() {
    assert_equal 3 "$(printf '%s\n' a b c | while read -r x; do echo "$x"; done | wc -l | tr -d ' ')"
    assert eval 'true | true'
    assert_fails eval 'true | false'
}
test_fixture() { assert_equal 'fixture of test_fixture' "$fixture"; }
test_which_fails() { assert [ 1 -gt 2 ]; }
test_errors() {
    assert_fails eval 'case x in'
    assert_fails sh -c 'readonly r=1; r=2'
    assert_fails cd /nonexistent
    assert test -z "$(exit 3)"
}
test_here() {
    value='$x `y` \z'
    got=$(cat <<END
$value \$x
	tab
END
    )
    assert_equal '$x `y` \z $x
	tab' "$got"
}
test_redirections() {
    exec 3>out3
    echo three >&3
    exec 3>&-
    assert_equal three "$(cat out3)"
    { echo out; echo err >&2; } 2>both >&2
    assert_equal 'out
err' "$(cat both)"
}

for test in $(sed -n 's/^\(test_[a-z_]*\)() .*/\1/p' "$0"); do
    total=$((total + 1))
    if message=$(set_up "$test"; "$test"); then
        echo "ok $total - $test"
    else
        failures=$((failures + 1))
        printf 'not ok %d - %s\n%s\n' "$total" "$test" "$message"
    fi
done
echo "1..$total, $failures failed"
exit "$failures"
