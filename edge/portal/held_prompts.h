// The questions that wait on the portal's own disk, shown as those are that were just taken.
#pragma once

#include "edge/portal/held.h"
#include "edge/portal/recent.h"

namespace portal {

// Once, when the portal starts: what was accepted before must be visible. What is no question is
// left out; the council has the last word on it. Reads the disk.
void AddHeld(const Held& held, Recent& recent);

}  // namespace portal
