# Subshells: ( ), with variables that must not get out, and functions in $( ).
upper() {
    case $1 in
        a) echo A ;;
        *) echo "$1" ;;
    esac
}
x=outside i=0
while [ "$i" -lt 800 ]; do
    (
        x=inside
        cd /
        [ "$x" = inside ]
    ) || echo wrong
    y=$(upper a)$(upper "$i")
    i=$((i + 1))
done
echo "$x $y"
