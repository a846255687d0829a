// Build tool of embed_files(): hashes and compresses files, and writes the C++ that embeds them.
//
//   pack OUT.cc HEADER FUNCTION [NAME SOURCE PACKED]...
//
// For each file it writes PACKED (the content, where an .html file has each asset:NAME replaced by
// the address that http::Assets gives NAME), PACKED.gz and PACKED.br (empty where that is not
// smaller). The same input gives the same bytes: no time, no path of the machine.
#include <brotli/encode.h>
#include <openssl/sha.h>
#include <zlib.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::string_view kReference = "asset:";
constexpr std::string_view kFolder = "/assets/";
constexpr int kHashBytes = 8;  // 16 hex digits: no two contents of one project ever share them.

// A form that saves less than a twentieth costs more in headers and care than it gives.
constexpr size_t kWorthWhile = 20;

struct Entry {
  std::string name;
  std::string packed;
  std::string content;
  std::string hash;
};

[[noreturn]] void Die(const std::string& message) {
  std::fprintf(stderr, "embed_files: %s\n", message.c_str());
  std::exit(1);
}

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) Die("cannot read " + path + "; is it in srcs?");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void Write(const std::string& path, std::string_view content) {
  std::ofstream file(path, std::ios::binary);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  if (!file.flush()) Die("cannot write " + path + "; is the disk full?");
}

std::string HashOf(std::string_view content) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(content.data()), content.size(), digest.data());
  std::string hex;
  for (int i = 0; i < kHashBytes; ++i) {
    std::array<char, 3> digits{};
    std::snprintf(digits.data(), digits.size(), "%02x", digest[static_cast<size_t>(i)]);
    hex += digits.data();
  }
  return hex;
}

// As http::Assets::Url(): the hash stands before the last ending.
std::string AddressOf(const Entry& entry) {
  const auto slash = entry.name.rfind('/');
  auto dot = entry.name.rfind('.');
  if (dot == std::string::npos || (slash != std::string::npos && dot < slash)) {
    dot = entry.name.size();
  }
  return std::string(kFolder) + entry.name.substr(0, dot) + "." + entry.hash +
         entry.name.substr(dot);
}

bool IsNameChar(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
         c == '_' || c == '-' || c == '/';
}

std::string Resolve(const Entry& page, const std::map<std::string, Entry>& entries) {
  std::string resolved;
  size_t done = 0;
  for (size_t at; (at = page.content.find(kReference, done)) != std::string::npos;) {
    size_t end = at + kReference.size();
    while (end < page.content.size() && IsNameChar(page.content[end])) ++end;
    const auto name = page.content.substr(at + kReference.size(), end - at - kReference.size());
    const auto target = entries.find(name);
    if (target == entries.end()) {
      Die(page.name + " refers to asset:" + name + ", which is not in srcs; add or rename it");
    }
    if (name.ends_with(".html")) {
      Die(page.name + " refers to asset:" + name + "; link to a page by its plain address");
    }
    resolved.append(page.content, done, at - done).append(AddressOf(target->second));
    done = end;
  }
  return resolved.append(page.content, done);
}

std::string IfWorthWhile(std::string packed, size_t plain) {
  return packed.size() + plain / kWorthWhile < plain ? packed : "";
}

std::string Gzip(const std::string& content) {
  constexpr int kGzipFormat = 15 + 16;
  constexpr int kMemoryLevel = 9;
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzipFormat, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    Die("zlib does not start");
  }
  std::string packed(deflateBound(&stream, content.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) Die("zlib does not end");
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return IfWorthWhile(std::move(packed), content.size());
}

std::string Brotli(const std::string& content) {
  size_t size = BrotliEncoderMaxCompressedSize(content.size());
  std::string packed(size, '\0');
  if (!BrotliEncoderCompress(BROTLI_MAX_QUALITY, BROTLI_MAX_WINDOW_BITS, BROTLI_MODE_TEXT,
                             content.size(), reinterpret_cast<const uint8_t*>(content.data()),
                             &size, reinterpret_cast<uint8_t*>(packed.data()))) {
    Die("brotli failed");
  }
  packed.resize(size);
  return IfWorthWhile(std::move(packed), content.size());
}

// The 0 behind each content also gives an empty file an array.
std::string Array(const std::string& name, const std::string& path) {
  return "constexpr unsigned char " + name + "[] = {\n#embed \"" + path + "\" suffix(, )\n0};\n";
}

std::string View(const std::string& array) {
  return "{reinterpret_cast<const char*>(" + array + "), sizeof " + array + " - 1}";
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  constexpr size_t kFixed = 3;
  if (args.size() < kFixed || args.size() % kFixed != 0) {
    Die("usage: pack OUT.cc HEADER FUNCTION [NAME SOURCE PACKED]...");
  }
  std::map<std::string, Entry> entries;
  for (size_t i = kFixed; i < args.size(); i += kFixed) {
    auto content = Read(args[i + 1]);
    auto hash = HashOf(content);
    entries[args[i]] = {args[i], args[i + 2], std::move(content), std::move(hash)};
  }

  std::string arrays;
  std::string rows;
  int number = 0;
  for (auto& [name, entry] : entries) {
    if (name.ends_with(".html")) {
      entry.content = Resolve(entry, entries);
      entry.hash = HashOf(entry.content);
    }
    Write(entry.packed, entry.content);
    Write(entry.packed + ".gz", Gzip(entry.content));
    Write(entry.packed + ".br", Brotli(entry.content));
    const std::string array = "kFile" + std::to_string(number++);
    arrays += Array(array, entry.packed) + Array(array + "Gzip", entry.packed + ".gz") +
              Array(array + "Br", entry.packed + ".br");
    rows += "    {\"" + name + "\", " + View(array) + ",\n     " + View(array + "Gzip") +
            ",\n     " + View(array + "Br") + ", \"" + entry.hash + "\"},\n";
  }
  Write(args[0], "#include \"" + args[1] + "\"\n\nnamespace {\n" + arrays +
                     "const embedded::File kFiles[] = {\n" + rows +
                     "};\n}  // namespace\n\nstd::span<const embedded::File> embedded::" + args[2] +
                     "() {\n  return kFiles;\n}\n");
  return 0;
}
