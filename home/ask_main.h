// The command `otm-home ask "QUESTION"`.
#pragma once

namespace home {

// `argv[0]` is "ask". The answer goes to stdout, everything else to stderr; returns the exit code:
// 0 answered, 64 wrong usage, otherwise by the error (lib/base/exit_code.h). Blocks until then.
int AskMain(int argc, char** argv);

}  // namespace home
