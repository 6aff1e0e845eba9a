# [ ] with strings, numbers and files.
a=apple b=banana empty='' i=0 n=0
while [ "$i" -lt 50000 ]; do
    if [ "$a" = "$b" ]; then n=$((n + 100)); fi
    if [ "$a" != "$b" ] && [ -n "$a" ]; then n=$((n + 1)); fi
    if [ -z "$empty" ] || [ "$i" -eq 3 ]; then n=$((n + 1)); fi
    if [ ! "$empty" ]; then n=$((n + 1)); fi
    if test "$i" -ge 25000; then n=$((n + 1)); fi
    i=$((i + 1))
done
i=0
while [ "$i" -lt 20000 ]; do
    if [ -d / ] && [ ! -f /nonexistent ] && [ -e /etc/passwd ]; then n=$((n + 1)); fi
    i=$((i + 1))
done
echo "$n"
