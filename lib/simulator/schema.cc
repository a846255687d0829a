#include "lib/simulator/schema.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "lib/base/json.h"

namespace simulator {
namespace {

using base::JsonView;
using base::OrderedJson;

constexpr int64_t kSure = 100;  // The confidence, of 100.

std::string TypeOf(const JsonView& schema) {
  const auto type = schema.Find("type");
  const auto text = type ? type->AsString() : base::Result<std::string_view>("object");
  return text ? std::string(*text) : "object";
}

std::vector<JsonView> Choices(const JsonView& schema) {
  const auto choices = schema.Find("enum");
  return choices ? choices->Elements() : std::vector<JsonView>();
}

OrderedJson Copy(const JsonView& view) { return OrderedJson::parse(view.Text(), nullptr, false); }

class Filler {
 public:
  explicit Filler(const SchemaAnswer& answer) : answer_(answer) {}

  OrderedJson Fill(std::string_view name, const JsonView& schema, int depth) const {
    if (depth > kSchemaDepthMax) return nullptr;
    OrderedJson wanted = Wanted(name);
    const auto choices = Choices(schema);
    if (!choices.empty()) {
      const auto fits = std::ranges::find_if(
          choices, [&](const JsonView& choice) { return Copy(choice) == wanted; });
      return Copy(fits == choices.end() ? choices.front() : *fits);
    }
    const std::string type = TypeOf(schema);
    if (type == "string") return wanted.is_string() ? wanted : OrderedJson("");
    if (type == "integer" || type == "number") {
      if (wanted.is_number()) return wanted;
      const auto minimum = schema.OptionalInt("minimum");
      return minimum && *minimum ? **minimum : 0;
    }
    if (type == "boolean") return answer_.sure;
    if (type == "array") return FillArray(schema, depth);
    if (type == "null") return nullptr;
    return FillObject(schema, depth);
  }

 private:
  OrderedJson Wanted(std::string_view name) const {
    if (name == "key" || name == "answer") return answer_.key;
    if (name == "kind") return answer_.kind;
    if (name == "vote") return answer_.sure ? 1 : 0;
    if (name == "confidence") return answer_.sure ? kSure : 0;
    return nullptr;
  }

  // Each of the item's choices once, in order: a ranking is a permutation.
  OrderedJson FillArray(const JsonView& schema, int depth) const {
    OrderedJson array = OrderedJson::array();
    const auto items = schema.Find("items");
    const auto wanted = schema.OptionalInt("minItems");
    const int64_t least = wanted ? wanted->value_or(0) : 0;
    const auto count = static_cast<size_t>(std::clamp<int64_t>(least, 0, kItemsMax));
    if (!items) return array;
    const auto choices = Choices(*items);
    for (size_t i = 0; i < count; ++i) {
      array.push_back(choices.empty() ? Fill("", *items, depth + 1)
                                      : Copy(choices[i % choices.size()]));
    }
    return array;
  }

  OrderedJson FillObject(const JsonView& schema, int depth) const {
    OrderedJson object = OrderedJson::object();
    const auto properties = schema.Find("properties");
    if (!properties) return object;
    for (const auto& [name, property] : properties->Members()) {
      object[name] = Fill(name, property, depth + 1);
    }
    return object;
  }

  const SchemaAnswer& answer_;
};

}  // namespace

base::Result<std::string> FillSchema(std::string_view schema, const SchemaAnswer& answer) {
  const auto document = base::JsonDocument::Parse(schema, kSchemaBytesMax);
  if (!document || !document->root().is_object()) {
    return base::Fail(base::Errc::kInvalid,
                      "the schema of the reply's format is no JSON object; correct it");
  }
  return base::Dump(Filler(answer).Fill("", document->root(), 0));
}

}  // namespace simulator
