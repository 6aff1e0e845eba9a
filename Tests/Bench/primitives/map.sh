# A function mapped by a pool over N items: map.sh N
next() { echo $(($1 + 1)); }
pool open -n numbers -j 2
pool map numbers next < <(seq "$1") | tail -n 1
pool close numbers
pool join numbers
