# Field splitting: records of /etc/passwd's form, and blanks; "$*" joins them again.
old=$IFS
i=0 n=0
while [ "$i" -lt 50000 ]; do
    record="user$i:x:$i:100:Full Name:/home/user$i:/bin/sh"
    IFS=:
    # shellcheck disable=SC2086
    set -- $record
    n=$((n + $# + $3))
    IFS=,
    joined="$*"
    IFS=$old
    for word in $5 a  b c; do
        n=$((n + 1))
    done
    i=$((i + 1))
done
echo "$n $joined $word"
