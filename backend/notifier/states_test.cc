#include "backend/notifier/states.h"

#include <gtest/gtest.h>

#include "lib/prompt/topics.h"
#include "lib/testing/fake_clock.h"

namespace notifier {
namespace {

prompt::Message Of(std::string owner, std::string value,
                   std::string_view topic = prompt::kStateTopic) {
  prompt::Message message;
  message.topic = topic;
  message.key = std::move(owner);
  message.value = std::move(value);
  return message;
}

std::vector<std::string> Values(const States& states) {
  std::vector<std::string> values;
  for (const auto& message : states.All()) values.push_back(message.value);
  return values;
}

using Texts = std::vector<std::string>;

TEST(States, TheNewestOfEachOwnerIsKept) {
  testing::FakeClock clock;
  States states(clock);
  states.Note(Of("b", "1"));
  states.Note(Of("a", "2"));
  states.Note(Of("b", "3"));
  states.Note(Of("a", "4", prompt::kStatusTopic));
  EXPECT_EQ(Values(states), (Texts{"2", "3"}));
}

TEST(States, AnOwnerThatIsSilentForTooLongIsForgotten) {
  testing::FakeClock clock;
  States states(clock);
  states.Note(Of("a", "1"));
  clock.Advance(kStateAgeMax);
  states.Note(Of("b", "2"));
  EXPECT_EQ(Values(states), (Texts{"1", "2"}));
  clock.Advance(base::Duration(1));
  EXPECT_EQ(Values(states), Texts{"2"});
}

TEST(States, OverTheLimitTheOldestGoes) {
  testing::FakeClock clock;
  States states(clock);
  for (size_t i = 0; i <= kStateOwnersMax; ++i) {
    states.Note(Of(std::to_string(i), std::to_string(i)));
    clock.Advance(base::Duration(1));
    EXPECT_EQ(Values(states).size(), std::min(i + 1, kStateOwnersMax));
  }
  for (const std::string& value : Values(states)) EXPECT_NE(value, "0");
}

}  // namespace
}  // namespace notifier
