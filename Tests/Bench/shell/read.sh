# while read over 200,000 lines ($1 is a file of them).
n=0 sum=0
while read -r number word rest; do
    n=$((n + 1))
    sum=$(((sum + number + ${#rest}) % 1000003))
done <"$1"
echo "$n $sum"
