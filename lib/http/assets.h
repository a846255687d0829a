// Files that are compiled into the program, as answers to GET. Thread-safe; no I/O.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lib/http/message.h"
#include "toolchains/rules/embed/file.h"

namespace http {

// Elements of Accept-Encoding or If-None-Match that are looked at; browsers send five.
inline constexpr int kListElementsMax = 32;

// How a file came to its compressed forms and its hash: embed_files() in toolchains/rules.
//
// A file "js/app.js" has three addresses:
//   /assets/js/app.<hash>.js  changes with the content: kept by the browser for ever. Pages get
//                             it by writing asset:js/app.js into an .html file, which the build
//                             replaces, or from Url().
//   /assets/js/app.js         checked again each time (ETag, 304), so that modules may import
//   /js/app.js                each other by relative names.
// "/" is "index.html". A hash that is not the current one is nothing here: 404, not old content
// under a new name.
class Assets {
 public:
  // Every content is copied once into memory.
  explicit Assets(std::span<const embedded::File> files);

  // The address that may be kept for ever; empty when there is no such file.
  std::string Url(std::string_view name) const;

  // The answer to GET or HEAD of `request.path`: br, gzip or plain by Accept-Encoding with
  // q-values, a strong ETag for each form, 304 to If-None-Match, 206 or 416 to one Range (several
  // get the whole), If-Range, Vary. Nothing when there is no such file: answer 404.
  std::optional<Response> Serve(const Request& request) const;

 private:
  struct Form {
    std::string_view coding;  // "br", "gzip", or empty.
    std::string etag;
    std::shared_ptr<const std::string> bytes;  // Null: this form does not exist.
  };
  struct Asset {
    std::string hash;
    std::string_view content_type;
    std::array<Form, 3> forms;  // Best first; the plain one last, always there.
  };
  struct Found {
    const Asset* asset;
    bool for_ever;
  };
  std::optional<Found> Find(std::string_view path) const;
  static const Form& Choose(const Asset& asset, const Request& request);

  std::map<std::string, Asset, std::less<>> assets_;  // By name.
};

// By the ending, with charset where it is text; application/octet-stream when unknown.
std::string_view ContentTypeOf(std::string_view name);

}  // namespace http
