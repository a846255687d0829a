#include "edge/portal/page.h"

#include <string>
#include <utility>
#include <vector>

#include "edge/portal/ui/page_files.h"
#include "edge/ui/ui_files.h"
#include "lib/http/problem.h"

namespace portal {
namespace {

constexpr std::string_view kIndex = "index.html";
// At the root, since a service worker serves what lies below it.
constexpr std::string_view kServiceWorker = "sw.js";

http::Assets Load() {
  std::vector<std::string> names;  // Of `files`, which only view them; Assets copies.
  std::vector<embedded::File> files;
  const auto page = embedded::page_files();
  const auto shared = embedded::ui_files();
  names.reserve(page.size() + shared.size());
  const auto add = [&](const embedded::File& file, std::string name) {
    embedded::File& added = files.emplace_back(file);
    added.path = names.emplace_back(std::move(name));
  };
  for (const embedded::File& file : page) {
    const bool is_at_root = file.path == kIndex || file.path == kServiceWorker;
    add(file, (is_at_root ? "" : "portal/") + std::string(file.path));
  }
  for (const embedded::File& file : shared) add(file, "ui/" + std::string(file.path));
  return http::Assets(files);
}

}  // namespace

Page::Page() : assets_(Load()) {}

http::Response Page::Serve(const http::Request& request) const {
  if (auto response = assets_.Serve(request)) return *std::move(response);
  return http::Problem(request, 404, "Not found", "there is no such page; start at /");
}

}  // namespace portal
