# like: bash
# A template processor with bash's words: arrays, [[ ]], regular expressions, substitutions of patterns.
declare -A values=([name]=World [count]=3 [empty]=)
declare -a errors=()

render() {
    local line result key number=0
    while IFS= read -r line; do
        number=$((number + 1))
        result=
        while [[ $line =~ ^([^{]*)\{\{([a-z]+)(\|([a-z]+))?\}\}(.*)$ ]]; do
            key=${BASH_REMATCH[2]}
            result+=${BASH_REMATCH[1]}
            if [[ -z ${values[$key]+set} ]]; then
                errors+=("line $number: $key")
            else
                case ${BASH_REMATCH[4]} in
                    upper) result+=${values[$key]^^} ;;
                    lower) result+=${values[$key],,} ;;
                    quote) result+=${values[$key]@Q} ;;
                    *) result+=${values[$key]} ;;
                esac
            fi
            line=${BASH_REMATCH[5]}
        done
        printf '%s\n' "$result$line"
    done
}

render <<'END'
Hello, {{name}}! You have {{count}} messages.
{{name|upper}} {{name|lower}} {{name|quote}} <{{empty}}>
{{missing}} { not {a} template }
END
echo "errors: ${#errors[@]} (${errors[*]})"

list=(one "two words" three)
for ((i = ${#list[@]} - 1; i >= 0; i--)); do
    printf '%d=%s;' "$i" "${list[i]// /_}"
done
echo
copy=("${list[@]:1}" "${list[0]}")
echo "${#copy[@]}: ${copy[*]}"
sorted=$(printf '%s\n' "${!values[@]}" | sort | tr '\n' ' ')
echo "$sorted"
path=/a/b/c.d/e.txt
echo "${path//\//:} ${path%.*} ${path:2:5} ${path: -3}"
while read -r -u 4 a b; do echo "$b,$a"; done 4< <(printf '%s\n' '1 x' '2 y')
read -r -a words <<<"  several  words here "
echo "${#words[@]} ${words[-1]}"
f() { local -i n=$1; ((n > 0)) || return; echo -n "$n "; f n-1; }
f 3; echo
[[ abc == a*c && ! -e /nonexistent && 10 -gt 9 ]] && echo yes
echo {a,b}{1..3} $'tab\there' "${list[@]/#/-}"
