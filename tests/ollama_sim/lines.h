// Answers of /api/chat and /api/generate as JSON, with Ollama's keys in Ollama's order. Pure.
#pragma once

#include <string>

#include "tests/ollama_sim/brain.h"

namespace ollama_sim {

// One line of a stream, with its newline.
std::string ThinkingLine(const Plan& plan, const std::string& piece);
std::string PieceLine(const Plan& plan, const std::string& piece);
std::string LastLine(const Plan& plan);
std::string ErrorLine(const std::string& error);

std::string WholeAnswer(const Plan& plan);  // "stream": false; without a newline.

}  // namespace ollama_sim
