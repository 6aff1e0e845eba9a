# Git's own shell parts, run by the shell $1: copies of its scripts that name it in their first line.
# needs: git dash
shell=$1
libexec=$(git --exec-path)
mkdir exec home bin
# By the name of a shell for which they are written: some ask whether there is a program that is a built-in of thresh's own.
ln -s "$shell" bin/dash
shell=$PWD/bin/dash
for file in "$libexec"/*; do
    name=${file##*/}
    line=
    case $name in
        git-sh-* | git-submodule | git-filter-branch | git-mergetool* | git-request-pull | git-merge-o* | git-quiltimport | \
            git-web--browse | git-difftool--helper) { read -r line <"$file"; } 2>/dev/null ;;
    esac
    case $line in
        '#!/bin/sh'*) { echo "#!$shell"; sed 1d "$file"; } >"exec/$name" && chmod +x "exec/$name" ;;
        *) ln -s "$file" "exec/$name" ;;
    esac
done
GIT_EXEC_PATH=$PWD/exec
HOME=$PWD/home
GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@example.org
GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000' FILTER_BRANCH_SQUELCH_WARNING=1 LC_ALL=C
export GIT_EXEC_PATH HOME GIT_CONFIG_NOSYSTEM GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL \
    GIT_AUTHOR_DATE GIT_COMMITTER_DATE FILTER_BRANCH_SQUELCH_WARNING LC_ALL
git config --global init.defaultBranch main
git config --global protocol.file.allow always
git config --global advice.detachedHead false

commit() { git add -A && git commit -qm "$1"; }

git init -q part && (cd part && echo 1 >file && commit one && echo 2 >file && commit two)
git init -q whole && cd whole || exit
for i in 1 2 3 4 5 6 7 8; do
    echo "line $i" >>text
    [ "$i" -lt 6 ] || echo bug >bug
    commit "commit $i"
done

git submodule add ../part lib/part 2>&1 | sed "s,$PWD,WHOLE,g"
commit 'a submodule'
git submodule status
git submodule foreach 'echo "$name: $sm_path"; git log --format=%s'
(cd lib/part && git checkout -q HEAD~1)
git submodule summary
git submodule update 2>&1 | sed "s,$PWD,WHOLE,g"
git submodule sync
git submodule deinit -f lib/part
git submodule

git bisect start HEAD HEAD~8 -- 2>&1
git bisect run "$shell" -c '! test -e bug' 2>&1
git bisect log
git bisect reset 2>&1

git filter-branch -f --env-filter 'GIT_AUTHOR_NAME="X Y"; export GIT_AUTHOR_NAME' --msg-filter 'sed s/commit/change/' \
    --tree-filter 'rm -f bug' HEAD~3..HEAD 2>&1 | tr '\r' '\n' | sed 's/(.*//'
git log --format='%an %s' --name-only

git checkout -q -b other HEAD~2 && echo other >text && commit other
git checkout -q main && echo main >text && commit main
git merge other 2>&1
git config mergetool.mine.cmd 'cat "$LOCAL" "$REMOTE" >"$MERGED"'
git config mergetool.mine.trustExitCode true
git mergetool --no-prompt --tool=mine 2>&1
cat text
git mergetool --tool-help 2>&1 | head -3
git commit -qm merged && git log --oneline --format=%s | head -3
git difftool --no-prompt --extcmd='echo differ' HEAD~1 2>&1 | sed 's,/tmp/[^ ]*,TMP,g'
git request-pull HEAD~2 "$PWD" 2>&1 | sed "s,$PWD,WHOLE,g"
