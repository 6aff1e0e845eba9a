# N processes that run a function, each started and joined: process.sh N
nothing() { :; }
i=0
while ((i < $1)); do
    process start -n one nothing
    process join one
    ((i++))
done
