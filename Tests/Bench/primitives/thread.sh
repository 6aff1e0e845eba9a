# N threads, each started and joined: thread.sh N
nothing() { :; }
i=0
while ((i < $1)); do
    thread start -n one nothing
    thread join one
    ((i++))
done
