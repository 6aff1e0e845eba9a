# Option parsing: set, shift, case and getopts over long lists of arguments.
parse() {
    verbose=0 output='' files=0
    while [ $# -gt 0 ]; do
        case $1 in
            -v | --verbose) verbose=$((verbose + 1)) ;;
            -o) output=$2; shift ;;
            --output=*) output=${1#*=} ;;
            --) shift; break ;;
            -*) echo "unknown option $1" ;;
            *) files=$((files + 1)) ;;
        esac
        shift
    done
    files=$((files + $#))
}
short() {
    OPTIND=1 flags=
    while getopts abc:d name "$@"; do
        flags=$flags$name${OPTARG:-}
    done
    shift $((OPTIND - 1))
    rest=$*
}
i=0
while [ "$i" -lt 12000 ]; do
    set -- -v file1 -o out file2 --verbose --output=other file3 "file 4" -v -- -x -y
    parse "$@"
    short -a -b -c value -d one two three
    i=$((i + 1))
done
echo "$verbose $output $files $flags $rest"
