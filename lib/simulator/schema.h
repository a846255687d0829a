// A JSON value that fits a JSON schema, with the simulator's answer where the schema asks for one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace simulator {

inline constexpr size_t kSchemaBytesMax = 64 * 1024;
inline constexpr int kSchemaDepthMax = 8;  // Deeper parts become null.
inline constexpr size_t kItemsMax = 64;    // Of an array, whatever the schema wants.

// What the reply should say.
struct SchemaAnswer {
  std::string key = {};   // For strings named "key" or "answer"; empty is fine.
  std::string kind = {};  // For strings named "kind", where the schema allows it.
  bool sure = false;      // The vote (1 or 0) and the confidence.
};

// Knows object, array, string, integer, number, boolean, enum, minimum and minItems. kInvalid
// where `schema` is no JSON object of at most kSchemaBytesMax.
base::Result<std::string> FillSchema(std::string_view schema, const SchemaAnswer& answer);

}  // namespace simulator
