# bash completion for thresh                             -*- shell-script -*-
# Made by 'thresh --shell-completion', from the table of options.
_thresh() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} word i
    COMPREPLY=()
    case $prev in
        -a|--arg-file)
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
            return ;;
        -d|--delimiter)
            return ;;
        -C|--colsep|--col-sep)
            return ;;
        --header)
            return ;;
        -n|--max-args)
            return ;;
        -N|--max-replace-args)
            return ;;
        -L)
            return ;;
        -s|--max-chars)
            return ;;
        --trim)
            mapfile -t COMPREPLY < <(compgen -W 'n l r lr rl' -- "$cur")
            return ;;
        -E)
            return ;;
        --arg-sep)
            return ;;
        --arg-file-sep)
            return ;;
        -I)
            return ;;
        -U|--extension-replace|--er)
            return ;;
        --basename-replace|--bnr)
            return ;;
        --dirname-replace|--dnr)
            return ;;
        --basename-extension-replace|--bner)
            return ;;
        --seqreplace)
            return ;;
        --slotreplace)
            return ;;
        -j|-P|--jobs|--max-procs)
            return ;;
        --delay)
            return ;;
        --load)
            return ;;
        --memfree)
            return ;;
        --nice)
            return ;;
        --timeout)
            return ;;
        --pool)
            return ;;
        --workdir|--wd)
            mapfile -t COMPREPLY < <(compgen -d -- "$cur")
            return ;;
        --shell)
            mapfile -t COMPREPLY < <(compgen -c -- "$cur")
            return ;;
        --process-slot-var)
            return ;;
        --tagstring|--tag-string)
            return ;;
        --ctagstring|--ctag-string)
            return ;;
        --tmpdir)
            mapfile -t COMPREPLY < <(compgen -d -- "$cur")
            return ;;
        --joblog|--jl)
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
            return ;;
        --results|--res)
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
            return ;;
        --total-jobs|--total)
            return ;;
        --halt|--halt-on-error)
            return ;;
        --retries)
            return ;;
        --retry-delay)
            return ;;
        --termseq|--term-seq)
            return ;;
        --minversion|--min-version)
            return ;;
        -J|--profile)
            return ;;
        --env)
            return ;;
        --shell-completion)
            mapfile -t COMPREPLY < <(compgen -W 'bash zsh fish' -- "$cur")
            return ;;
    esac
    if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W '-a --arg-file -0 --null -d --delimiter -C --colsep --col-sep --csv --header
--skip-first-line -n --max-args -N --max-replace-args -L -l --max-lines -X -m --xargs -s
--max-chars -x --exit --link --xapply --shuf --trim -r --no-run-if-empty -E -e --eof
--arg-sep --arg-file-sep -I -i --replace -U --extension-replace --er --basename-replace
--bnr --dirname-replace --dnr --basename-extension-replace --bner --seqreplace
--slotreplace --plus -q --quote --shell-quote -j -P --jobs --max-procs --delay --load
--memfree --nice --timeout --pool --workdir --wd --shell --process-slot-var
--use-cores-instead-of-threads --use-sockets-instead-of-threads --use-cpus-instead-of-cores
--tty -o --open-tty --fg -k --keep-order --no-keep-order --nok --group --line-buffer --lb
-u --ungroup --tag --tagstring --tag-string --color --colour --ctag --ctagstring
--ctag-string --color-failed --cf --dry-run -v -t --verbose --silent -p --interactive
--files --output-as-files --tmpdir --joblog --jl --resume --resume-failed --retry-failed
--results --res --bar --progress --eta --total-jobs --total --halt --halt-on-error
--retries --retry-delay --termseq --term-seq -h --help -V --version --minversion
--min-version -J --profile --plain --env --will-cite --no-notice --nonotice --gnu
--citation --bibtex --number-of-threads --number-of-cores --number-of-cpus
--number-of-sockets --max-line-length-allowed --show-limits --shell-completion' -- "$cur")
        return
    fi
    # After ::: come arguments, after :::: files; the first word that is no option is a command.
    for ((i = COMP_CWORD - 1; i > 0; i--)); do
        word=${COMP_WORDS[i]}
        if [[ $word == ::: || $word == :::: || $word == :::+ || $word == ::::+ ]]; then
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
            return
        fi
    done
    if ((COMP_CWORD == 1)) || [[ $prev == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -c -f -- "$cur")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    fi
}
complete -o filenames -F _thresh thresh
