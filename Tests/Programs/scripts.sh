# Lists the shell scripts that are installed: the shell (dash or bash) and the file.
for directory in /usr/bin /usr/sbin /usr/lib/git-core /etc/init.d /usr/share/debconf /var/lib/dpkg/info; do
    for file in "$directory"/*; do
        case $file in *.list | *.md5sums | *.so | *.mo) continue ;; esac
        [ -f "$file" ] && [ -r "$file" ] || continue
        line=
        # A program without an early newline has bytes that are no text.
        { read -r line <"$file"; } 2>/dev/null
        case $line in
            '#!'*/bash | '#!'*/bash\ * | '#!'*env\ bash*) echo bash "$file" ;;
            '#!'*/sh | '#!'*/sh\ * | '#! /bin/sh'* | '#!'*/dash*) echo dash "$file" ;;
        esac
    done
done
