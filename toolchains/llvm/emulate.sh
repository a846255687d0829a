#!/bin/sh
# emulate PROGRAM ARGUMENT...: runs an aarch64 program in the locked qemu with the locked C library, anything else as it
# is. --config=aarch64 runs tests and programs under this.
runfiles="$(cd "${RUNFILES_DIR:-${TEST_SRCDIR:-$0.runfiles}}" && pwd)"

# Bytes 19 and 20 of an ELF file are its machine; 183 is aarch64.
case "$(od -An -t u1 -j 0 -N 20 "$1" | tr -s ' \n' ' ')" in
  " 127 69 76 70 "*" 183 0 ")
    exec "$runfiles/qemu/usr/bin/qemu-aarch64-static" -L "$runfiles/sysroot_arm64" "$@"
    ;;
esac
exec "$@"
