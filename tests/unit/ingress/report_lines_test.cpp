// What a report tells of counts.

#include "ingress/report_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chapar::ingress {
namespace {

using model::Tallied;
using testing::HasSubstr;

store::TallyView view_of(const model::Tally& tally) {
    return {"shop", "marketing", "=spring", "email", "welcome", "B", 20'000, &tally};
}

TEST(ReportLines, hits_stand_under_whom_they_were_made_by) {
    model::Tally tally;
    tally.add(Tallied::opened, 7);
    tally.add(Tallied::opened_human, 5);
    tally.add(Tallied::opens_human, 1);
    tally.add(Tallied::opens_unknown, 2);
    tally.add(Tallied::opens_machine, 4);
    tally.add(Tallied::clicks_human, 10);
    tally.add(Tallied::clicks_unknown, 20);
    tally.add(Tallied::clicks_machine, 40);
    ReportLines lines({Dimension::campaign});
    lines.add(view_of(tally));
    json::Writer out;
    out.begin_object();
    lines.write_json(out);
    const auto text = out.end_object().take();
    EXPECT_THAT(text, HasSubstr(R"("opened":{"raw":7,"human":5})"));
    EXPECT_THAT(text, HasSubstr(R"("opens":{"raw":7,"human":1,"machine":4,"unknown":2})"));
    EXPECT_THAT(text, HasSubstr(R"("clicks":{"raw":70,"human":10,"machine":40,"unknown":20})"));
    EXPECT_THAT(lines.csv(), HasSubstr("opens_human,opens_machine,opens_unknown"));
    EXPECT_THAT(lines.csv(), HasSubstr("\r\n'=spring,"));
    EXPECT_THAT(lines.csv(), HasSubstr(",7,5,1,4,2,"));
}

}  // namespace
}  // namespace chapar::ingress
