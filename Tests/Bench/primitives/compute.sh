# A function that counts to N, K times beside each other on threads: compute.sh N K
count() {
    local i=0
    while ((i < $1)); do ((i++)); done
}
for ((k = 0; k < $2; k++)); do thread start -n "counter-$k" count "$1"; done
for ((k = 0; k < $2; k++)); do thread join "counter-$k"; done
