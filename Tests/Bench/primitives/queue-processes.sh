# Pairs of put and get a second between two processes; items of 16 bytes.
count=${1:-1000000}
queue new q
queue new go
{ queue get go x; i=0; while ((i <= count)); do queue put q 0123456789abcdef; ((i++)); done; } &
queue put go now
queue get q x
begin=$EPOCHREALTIME
i=0; while ((i < count)); do queue get q x; ((i++)); done
end=$EPOCHREALTIME
wait
[ "$x" = 0123456789abcdef ] && echo $((count * 1000000 / (${end/./} - ${begin/./})))
