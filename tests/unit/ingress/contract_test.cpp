// What a request says in another form than the template or the contract: data of another type, times as people write.
#include "fixture.hpp"

namespace chapar::ingress::test {
namespace {

class Contract : public FrontDoor {};

TEST_F(Contract, data_of_another_type_than_the_samples_is_refused_with_its_place) {
    open();
    const std::string to = R"({"to":{"email":"a@b.example"},"template":"welcome","data":)";
    for (const auto* data : {R"({"name":["Sara"]})", R"({"name":{"first":"Sara"}})", R"({"name":[]})"}) {
        const auto answer = post(to + data + "}");
        EXPECT_EQ(answer.status, 422) << data;
        EXPECT_TRUE(answer.has(R"("pointer":"/data/name")")) << answer.body;
        EXPECT_TRUE(answer.has("name is a text in the template's sample, and a")) << answer.body;
        EXPECT_EQ(ask("POST", "/v1/what-if", to + data + "}").status, 422) << data;
        const auto preview =
            ask("POST", "/v1/render", R"({"template":"welcome","channel":"email","data":)" + std::string(data) + "}");
        EXPECT_EQ(preview.status, 422) << data;
        EXPECT_TRUE(preview.has(R"("pointer":"/data/name")")) << preview.body;
    }
    for (const auto* data : {R"({"name":"Sara"})", R"({"name":5})", R"({"name":true})", R"({"name":"x","more":[1]})"})
        EXPECT_EQ(post(to + data + "}").status, 202) << data;
}

TEST_F(Contract, a_time_as_people_write_it_is_refused_with_its_writing_in_rfc_3339) {
    open();
    const auto send = [&](const std::string& time) {
        return post(R"({"to":{"email":"a@b.example"},"template":"welcome","data":{"name":"x"},"send_at":")" + time +
                    "\"}");
    };
    const std::string tehran = "RFC 3339 with the offset from UTC: on the clocks of Tehran this is ";
    for (const auto& [time, part] : {
             std::pair<std::string, std::string>("1405/09/10 09:00", tehran + "2026-12-01T09:00:00+03:30"),
             {"۱۴۰۵/۰۹/۱۰ ۰۹:۰۰", tehran + "2026-12-01T09:00:00+03:30"},
             {"1405-09-10", tehran + "2026-12-01T00:00:00+03:30"},
             {"۱۰ آذر ۱۴۰۵ ساعت ۱۸:۳۰", tehran + "2026-12-01T18:30:00+03:30"},
             {"1400/01/10 09:00", tehran + "2021-03-30T09:00:00+04:30"},  // summer time, as it was
             {"1405-09-10T09:00:00+03:30", "RFC 3339, in which this is 2026-12-01T09:00:00+03:30"},
             {"1405-09-10T09:00:00Z", "RFC 3339, in which this is 2026-12-01T09:00:00+00:00"},
             {"2026-12-01 09:00", tehran + "2026-12-01T09:00:00+03:30"},
             {"1405/13/10 09:00", "character 6: there is no month 13"},
             {"tomorrow", "expected a time such as 2030-01-31T09:30:00+03:30"},
         }) {
        const auto answer = send(time);
        EXPECT_EQ(answer.status, 422) << time;
        EXPECT_TRUE(answer.has(R"("pointer":"/send_at")")) << answer.body;
        EXPECT_TRUE(answer.has(part)) << time << ": " << answer.body;
    }
    const auto listed = ask("GET", "/v1/messages?since=1405/09/10");
    EXPECT_EQ(listed.status, 400) << listed.body;
    EXPECT_TRUE(listed.has("2026-12-01T00:00:00+03:30")) << listed.body;
}

}  // namespace
}  // namespace chapar::ingress::test
