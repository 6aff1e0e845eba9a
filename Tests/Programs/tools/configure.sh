# A configure script made by autoconf, run by the shell $1, and what it makes.
# needs: autoconf dash cc make
shell=$1
cat >configure.ac <<'END'
AC_INIT([demo],[1.2],[nobody@example.org])
AC_CONFIG_SRCDIR([main.c])
AC_CONFIG_HEADERS([config.h])
AC_PROG_CC
AC_PROG_LN_S
AC_CHECK_HEADERS([unistd.h nosuchheader.h])
AC_TYPE_SIZE_T
AC_CHECK_SIZEOF([long])
AC_CHECK_FUNCS([strdup nosuchfunction])
AC_ARG_ENABLE([shout],[AS_HELP_STRING([--enable-shout],[be loud])],[shout=$enableval],[shout=no])
AC_ARG_WITH([greeting],[AS_HELP_STRING([--with-greeting=TEXT],[what to say])],[greeting=$withval],[greeting=hello])
AC_SUBST([shout])
AC_SUBST([greeting])
AC_CONFIG_FILES([Makefile])
AC_CONFIG_FILES([greet],[chmod +x greet])
AC_CONFIG_COMMANDS([stamp],[echo "made with $x" >stamp],[x="$greeting"])
AC_OUTPUT
END
cat >main.c <<'END'
#include "config.h"
int main(void) { return SIZEOF_LONG != sizeof(long); }
END
cat >Makefile.in <<'END'
CC = @CC@
SHELL = @SHELL@
check: demo
	./demo && ./greet | grep -c '@greeting@'
demo: main.c
	$(CC) -o demo main.c
END
cat >greet.in <<'END'
#!@SHELL@
say() {
    case @shout@ in
        yes) echo "$@" | tr a-z A-Z ;;
    esac
    echo "$@"
}
say '@greeting@'
END
autoconf || exit
CONFIG_SHELL=$shell
export CONFIG_SHELL
"$shell" ./configure --help | sed -n '/--enable-shout/,/--with-greeting/p'
"$shell" ./configure --enable-shout --with-greeting='good  day' SHELL="$shell"
echo "configured: $?"
"$shell" ./config.status --recheck >/dev/null && "$shell" ./config.status
make check
echo "checked: $?"
cat stamp config.h greet
