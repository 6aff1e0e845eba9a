# Reverses strings character by character.
i=0
while [ "$i" -lt 4000 ]; do
    s="A man, a plan, a canal: Panama; run $i of the loop that turns strings around"
    r=
    while [ -n "$s" ]; do
        rest=${s#?}
        r=${s%"$rest"}$r
        s=$rest
    done
    i=$((i + 1))
done
echo "$r"
