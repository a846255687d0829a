#include "lib/ollama/stream.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ollama {
namespace {

using council::DoneReason;

std::string Piece(std::string_view content) {
  return R"({"model":"tiny","created_at":"2026-01-02T03:04:05.6Z","message":{"role":"assistant",)"
         R"("content":")" +
         std::string(content) + "\"},\"done\":false}\n";
}

std::string Last(std::string_view reason) {
  return R"({"model":"tiny","message":{"role":"assistant","content":""},"done":true,)"
         R"("done_reason":")" +
         std::string(reason) +
         R"(","total_duration":763074693,"load_duration":580692792,"prompt_eval_count":18,)"
         R"("prompt_eval_duration":141301279,"eval_count":2,"eval_duration":38261737})"
         "\n";
}

struct Outcome {
  base::Result<council::ChatReply> reply;
  std::string streamed;
};

Outcome Read(std::string_view bytes, size_t piece, size_t text_bytes_max = 1000) {
  std::string streamed;
  const std::function<void(std::string_view)> on_text = [&](std::string_view text) {
    streamed += text;
  };
  ChatStream stream(text_bytes_max, on_text);
  for (size_t at = 0; at < bytes.size(); at += piece) {
    if (auto fed = stream.Feed(bytes.substr(at, piece)); !fed) {
      return {std::unexpected(fed.error()), streamed};
    }
  }
  return {stream.Finish(), streamed};
}

TEST(ChatStream, EverySplitGivesTheSameReply) {
  const std::string bytes = Piece("Gr\xC3\xBC") + Piece(R"(\u00df \"Gott\"\n)") + Last("stop");
  for (size_t piece = 1; piece <= bytes.size(); ++piece) {
    const Outcome outcome = Read(bytes, piece);
    ASSERT_TRUE(outcome.reply) << piece << ": " << outcome.reply.error().message;
    EXPECT_EQ(outcome.reply->text, "Gr\xC3\xBC\xC3\x9F \"Gott\"\n");
    EXPECT_EQ(outcome.streamed, outcome.reply->text);
  }
}

TEST(ChatStream, TheLastLineHasTheFigures) {
  const Outcome outcome = Read(Piece("In") + Last("length"), 1000);
  ASSERT_TRUE(outcome.reply);
  EXPECT_EQ(outcome.reply->done, DoneReason::kLength);
  EXPECT_EQ(outcome.reply->prompt_tokens, 18);
  EXPECT_EQ(outcome.reply->tokens, 2);
  EXPECT_EQ(outcome.reply->load.count(), 580692792);
  EXPECT_EQ(outcome.reply->total.count(), 763074693);
}

TEST(ChatStream, ZeroFiguresAreLeftOut) {
  const Outcome outcome = Read(R"({"model":"tiny","done":true,"done_reason":"load"})", 1000);
  ASSERT_TRUE(outcome.reply) << outcome.reply.error().message;
  EXPECT_EQ(outcome.reply->tokens, 0);
  EXPECT_EQ(outcome.reply->text, "");
}

TEST(ChatStream, ThinkingIsKeptApart) {
  const Outcome outcome =
      Read(R"({"message":{"role":"assistant","content":"","thinking":"I"},"done":false})"
           "\n"
           R"({"message":{"role":"assistant","content":"","thinking":"'m"},"done":false})"
           "\n" +
               Piece("Hi") + Last("stop"),
           1000);
  ASSERT_TRUE(outcome.reply);
  EXPECT_EQ(outcome.reply->thinking, "I'm");
  EXPECT_EQ(outcome.reply->text, "Hi");
  EXPECT_EQ(outcome.streamed, "Hi");
}

TEST(ChatStream, AnErrorLineEndsIt) {
  const Outcome outcome =
      Read(Piece("half") + R"({"error":"an error was encountered while running the model: EOF"})"
                           "\n",
           1000);
  ASSERT_FALSE(outcome.reply);
  EXPECT_EQ(outcome.reply.error().code, base::Errc::kUnavailable);
  EXPECT_TRUE(outcome.reply.error().message.contains("while running the model: EOF"));
  EXPECT_EQ(outcome.streamed, "half");
}

TEST(ChatStream, AnEndWithoutTheLastLineIsACut) {
  for (const std::string& bytes : {std::string(), Piece("half"), Piece("half") + "{\"mod"}) {
    const Outcome outcome = Read(bytes, 1000);
    ASSERT_FALSE(outcome.reply);
    EXPECT_EQ(outcome.reply.error().code, base::Errc::kUnavailable);
  }
}

TEST(ChatStream, TheLastLineNeedsNoLineBreakAndBlankLinesAreSkipped) {
  std::string bytes = "\n\r\n" + Piece("x") + Last("stop");
  bytes.pop_back();
  EXPECT_TRUE(Read(bytes, 1000).reply);
}

TEST(ChatStream, WhatComesAfterTheLastLineIsIgnored) {
  EXPECT_EQ(Read(Last("stop") + Piece("more") + "rubbish\n", 1000).reply->text, "");
}

TEST(ChatStream, LinesOfAnotherProtocolAreRefused) {
  for (const char* line :
       {"<html>", "[]", "7", "{}", R"({"message":7})", R"({"message":{"content":7}})",
        R"({"message":{"content":"a"},"done":"yes"})", R"({"error":7})", "{\"message\":\"\xFF\"}",
        R"({"done":true,"eval_count":"x"})"}) {
    const Outcome outcome = Read(std::string(line) + "\n", 1000);
    ASSERT_FALSE(outcome.reply) << line;
    EXPECT_EQ(outcome.reply.error().code, base::Errc::kUnavailable) << line;
  }
}

TEST(ChatStream, ALineIsBounded) {
  const size_t frame = Piece("").size() - 1;
  for (const int over : {-1, 0, 1}) {
    const std::string content(kLineBytesMax - frame + static_cast<size_t>(over), 'x');
    for (const size_t piece : {size_t{1000}, kLineBytesMax * 2}) {
      const Outcome outcome = Read(Piece(content) + Last("stop"), piece, kLineBytesMax);
      EXPECT_EQ(outcome.reply.has_value(), over <= 0) << over;
    }
  }
}

TEST(ChatStream, TheTextIsBounded) {
  for (const size_t bytes_max : {size_t{3}, size_t{4}, size_t{5}}) {
    const Outcome outcome = Read(Piece("ab") + Piece("cd") + Last("stop"), 1000, bytes_max);
    ASSERT_TRUE(outcome.reply);
    EXPECT_EQ(outcome.reply->text, bytes_max == 3 ? "abc" : "abcd");
    EXPECT_EQ(outcome.reply->done, bytes_max == 3 ? DoneReason::kLength : DoneReason::kStop);
  }
}

TEST(ChatStream, ThinkingIsBounded) {
  std::string bytes;
  const std::string thought(100 * 1024, 't');
  for (int i = 0; i < 3; ++i) {
    bytes += R"({"message":{"content":"","thinking":")" + thought + "\"},\"done\":false}\n";
  }
  EXPECT_EQ(Read(bytes + Last("stop"), 4096).reply->thinking.size(), kThinkingBytesMax);
}

TEST(ErrorText, IsOneBoundedLineWithoutControlCharacters) {
  EXPECT_EQ(ErrorText(R"({"error":"model 'x' not found"})"), "model 'x' not found");
  EXPECT_EQ(ErrorText(R"({"error":"a\nb\u0000c\u001b[1m"})"), "a b c [1m");
  EXPECT_EQ(ErrorText(R"({"error":")" + std::string(5000, 'e') + "\"}").size(), kErrorTextBytesMax);
  for (const char* body : {"", "<html>", "{}", R"({"error":7})", "[1]"}) {
    EXPECT_EQ(ErrorText(body), "") << body;
  }
}

}  // namespace
}  // namespace ollama
