# like: dash bash
# A self-extracting archive: packs the files of a directory into a script, which checks and unpacks itself.
set -eu

fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

sum_of() {
    cksum <"$1" | { read -r sum size; echo "$sum:$size"; }
}

pack() (
    archive=$1
    directory=$2
    cd "$directory" || fail "no directory $directory"
    {
        cat <<\HEAD
#!/bin/sh
set -e
target=${1:?usage: $0 DIRECTORY}
mkdir -p -- "$target"
count=0
unpack() {
    while IFS= read -r line; do
        case $line in
            '>END '*) break ;;
            '>'*) printf '%s\n' "${line#>}" ;;
        esac
    done >"$target/$1"
    found=$(cksum <"$target/$1" | { read -r sum size; echo "$sum:$size"; })
    if [ "$found" = "$2" ]; then
        count=$((count + 1))
    else
        echo "$1: is $found, not $2" >&2
        exit 3
    fi
}
HEAD
        find . -type f | LC_ALL=C sort | while IFS= read -r file; do
            name=${file#./}
            case $name in
                */*) printf 'mkdir -p "$target/%s"\n' "${name%/*}" ;;
            esac
            printf "unpack '%s' '%s' <<'>END %s'\n" "$name" "$(sum_of "$file")" "$name"
            sed 's/^/>/' "$file"
            printf '>END %s\n' "$name"
        done
        cat <<'TAIL'
echo "$count files"
TAIL
    } >"$archive"
    chmod +x "$archive"
)

mkdir -p in/sub/deeper
printf 'one\n  two  \n\\three\\ $four `five`\n' >in/plain
printf '%s\n' 'EOF' "it's" '"quoted"' '' '>END in' >'in/with blank'
i=0
while [ "$i" -lt 50 ]; do
    printf '%03d %s\n' "$i" "$((i * i))"
    i=$((i + 1))
done >in/sub/numbers
: >in/sub/deeper/empty

trap 'echo "left with $?"; rm -rf in' EXIT
pack "$PWD/archive" in
for shell in sh; do $shell ./archive out; done
diff -r in out && echo same
sed 's/^>025 .*/>025 spoilt/' archive >spoilt
sh ./spoilt out2 2>&1 || echo "spoilt: $?"
(pack "$PWD/none" nowhere) 2>/dev/null || echo "nowhere: $?"
set +e
(fail 'on purpose') 2>&1 | sed 's/^[^:]*/NAME/'
echo "${nothing-nothing}" "${archive-unset}"
