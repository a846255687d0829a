#include "lib/http/refusals.h"

namespace http {

std::string_view RefusalAdvice(int status) {
  switch (status) {
    case 400:
      return "The request is not valid HTTP (RFC 9112); correct its line, fields or chunks.";
    case 408:
      return "The request came too slowly; send it in one go.";
    case 413:
      return "The body is too large; send less.";
    case 414:
      return "The URL is over 8 KiB; send data in the body.";
    case 431:
      return "The header is over 16 KiB or 64 fields; delete this site's cookies.";
    case 501:
      return "Only the usual methods and the transfer coding chunked are known here; use those.";
    case 505:
      return "Use HTTP/1.0 or HTTP/1.1.";
    default:
      return "The request was refused; correct it before sending it again.";
  }
}

}  // namespace http
