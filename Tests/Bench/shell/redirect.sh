# Redirections of built-ins and groups to files, and reading them.
file=${TMPDIR:-/tmp}/redirect.$$
i=0 n=0
while [ "$i" -lt 4000 ]; do
    echo "line $i" >"$file"
    {
        echo one
        echo two >&2
    } >>"$file" 2>/dev/null
    while read -r line; do
        n=$((n + ${#line}))
    done <"$file"
    i=$((i + 1))
done
rm -f "$file"
echo "$n $line"
