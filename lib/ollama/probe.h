// Whether a model server can answer questions, in words for people.
#pragma once

#include <string>

#include "lib/council/model.h"

namespace ollama {

// Empty when `model`, the server at `url`, lists one that can chat; else why it cannot answer and
// what to do. Blocks as long as Model::List().
std::string WhyNoAnswer(council::Model& model, const std::string& url);

}  // namespace ollama
