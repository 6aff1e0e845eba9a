# Counts words: takes a line apart with parameter expansion, counts in variables made by eval.
text='the quick brown fox jumps over the lazy dog and the dog sleeps while the fox runs over the hill'
i=0
while [ "$i" -lt 5000 ]; do
    rest="$text "
    while [ -n "$rest" ]; do
        word=${rest%% *}
        rest=${rest#* }
        case $word in
            '' | *[!a-z]*) continue ;;
        esac
        eval "count_$word=\$((\${count_$word:-0} + 1))"
    done
    i=$((i + 1))
done
for word in the quick fox dog over hill; do
    eval "echo \"$word \$count_$word\""
done
