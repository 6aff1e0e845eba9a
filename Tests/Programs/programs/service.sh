# like: dash bash
# A service script: starts a daemon in the background, asks after it, reloads and stops it by signals.
name=counter
pidfile=$name.pid
log=$name.log

daemon() {
    trap 'echo "reload" >>"$log"' HUP
    trap 'echo "stop" >>"$log"; rm -f "$pidfile"; exit 0' TERM INT
    echo "start $1" >>"$log"
    : >ready
    while :; do
        sleep 0.05 &
        wait $!
    done
}

is_running() { [ -r "$pidfile" ] && kill -0 "$(cat "$pidfile")" 2>/dev/null; }

until_true() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ "$tries" -lt 200 ] || return 1
        sleep 0.05
    done
}

case_of() {
    case ${1-} in
        start)
            if is_running; then
                echo "$name is running already"
                return 0
            fi
            daemon "${2:-default}" </dev/null >/dev/null 2>&1 &
            echo $! >"$pidfile"
            until_true [ -e ready ]
            echo "$name started" ;;
        stop)
            is_running || { echo "$name is not running"; return 1; }
            pid=$(cat "$pidfile")
            kill "$pid"
            wait "$pid"
            echo "$name stopped ($?)" ;;
        reload)
            is_running || return 1
            kill -HUP "$(cat "$pidfile")"
            until_true grep -q reload "$log" && echo "$name reloaded" ;;
        restart) case_of stop; rm -f ready; case_of start "again" ;;
        status)
            if is_running; then echo "$name is running"; else echo "$name is down"; return 3; fi ;;
        *) echo "usage: $name {start|stop|reload|restart|status}" >&2; return 2 ;;
    esac
}

for action in status start start status reload restart status stop stop bogus; do
    case_of $action "$1"
    echo "$action: $?"
done
cat "$log"
rm -f ready
