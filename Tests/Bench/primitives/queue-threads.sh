# Pairs of put and get a second between two threads of the shell, here the stages of a pipeline; items of 16 bytes.
count=${1:-1000000}
queue new q
begin=$EPOCHREALTIME
{ i=0; while ((i < count)); do queue put q 0123456789abcdef; ((i++)); done; } |
    { i=0; while ((i < count)); do queue get q x; ((i++)); done; }
end=$EPOCHREALTIME
[ "$x" = 0123456789abcdef ] && echo $((count * 1000000 / (${end/./} - ${begin/./})))
