# case with patterns: literals, suffixes, bracket expressions, alternatives.
i=0 a=0 b=0 c=0 d=0 e=0 f=0
while [ "$i" -lt 80000 ]; do
    for word in main.c README.md --verbose 1234 lib-x86.so.1; do
        case $word in
            -? | --*) a=$((a + 1)) ;;
            *.c | *.h) b=$((b + 1)) ;;
            *[!0-9]*.so.[0-9]) c=$((c + 1)) ;;
            [A-Z]*) d=$((d + 1)) ;;
            *[!0-9]*) e=$((e + 1)) ;;
            *) f=$((f + 1)) ;;
        esac
    done
    i=$((i + 1))
done
echo "$a $b $c $d $e $f"
