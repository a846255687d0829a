// A program with every library in it: what toolchains/hermetic_test looks at.
#include <cstdio>

#include "third_party/link/link.h"

int main() { return std::fputs(linked::Versions().c_str(), stdout) < 0 ? 1 : 0; }
