// The page itself and what it loads: files compiled into the program.
#pragma once

#include "lib/http/assets.h"
#include "lib/http/server.h"

namespace portal {

// Thread-safe; no I/O.
class Page {
 public:
  Page();

  // "/" is the page, "/sw.js" its service worker; "/portal/…" are its own files, "/ui/…" what all
  // our pages share. Anything else is 404.
  http::Response Serve(const http::Request& request) const;

 private:
  http::Assets assets_;
};

}  // namespace portal
