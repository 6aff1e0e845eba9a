# What most scripts do: external filters in pipelines and substitutions.
i=0 n=0
while [ "$i" -lt 80 ]; do
    name=$(basename "/usr/share/doc/file$i.txt" .txt)
    upper=$(echo "$name" | tr a-z A-Z)
    lines=$(printf '%s\n' b a c | sort | sed -n '1p;$p' | wc -l)
    n=$((n + lines + ${#upper}))
    i=$((i + 1))
done
echo "$name $upper $n"
