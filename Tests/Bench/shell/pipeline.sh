# Pipelines of built-ins: two stages and three, short and with some data.
i=0
while [ "$i" -lt 500 ]; do
    echo "$i b c" | { read -r a b c; echo "$c $b $a"; } | { read -r x; [ "$x" = "c b $i" ] || echo "wrong: $x"; }
    i=$((i + 1))
done
i=0
while [ "$i" -lt 20000 ]; do
    echo "line $i of some text"
    i=$((i + 1))
done | {
    n=0
    while read -r line; do
        n=$((n + ${#line}))
    done
    echo "$n"
}
