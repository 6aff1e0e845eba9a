# A tokenizer and recursive-descent calculator over a string, as a parser written in shell would be.
next() {
    while :; do
        case $input in
            ' '*) input=${input#?} ;;
            [0-9]*)
                token=${input%%[!0-9]*}
                input=${input#"$token"}
                return ;;
            '') token=end; return ;;
            *)
                token=${input%"${input#?}"}
                input=${input#?}
                return ;;
        esac
    done
}
factor() {
    case $token in
        '(')
            next
            sum
            next ;;
        *)
            value=$token
            next ;;
    esac
}
product() {
    factor
    while :; do
        case $token in
            '*') set -- "$value"; next; factor; value=$(($1 * value % 100003)) ;;
            *) return ;;
        esac
    done
}
sum() {
    product
    while :; do
        case $token in
            +) set -- "$value"; next; product; value=$(($1 + value)) ;;
            -) set -- "$value"; next; product; value=$(($1 - value)) ;;
            *) return ;;
        esac
    done
}
i=0 total=0
while [ "$i" -lt 7000 ]; do
    input="(1 + 2) * 3 - $i * (4 + 5 * (6 - 7)) + 89 * 10"
    next
    sum
    total=$(((total + value) % 1000003))
    i=$((i + 1))
done
echo "$total $token"
