// What a new configuration would mean for what waits.
#include "fixture.hpp"

#include "admin/config_check.hpp"

namespace chapar::ingress::test {
namespace {

class ConfigCheck : public FrontDoor {
  protected:
    void put(const std::string& more) {
        const auto file = folder / "chapar.toml";
        std::filesystem::remove(file);
        std::ofstream(file) << "[[route]]\nname = \"smtp-a\"\nchannel = \"email\"\nplugin = \"email\"\n" << more;
    }
    Answer check() { return ask("POST", "/v1/config/check"); }
    void send(int count, std::string_view class_name) {
        for (int i = 0; i < count; ++i) {
            const auto answer =
                post(R"({"to":{"email":"a@b.example"},"template":"welcome","data":{"name":"x"},"class":")" +
                     std::string(class_name) + "\"}");
            ASSERT_EQ(answer.status, 202) << answer.body;
        }
    }
};

TEST_F(ConfigCheck, a_new_rule_tells_what_it_would_do_to_what_waits) {
    open();
    send(3, "marketing");
    send(2, "transactional");
    put("[[cap]]\nname = \"none\"\nlimit = \"never\"\nmatch = { class = [\"marketing\"] }\n");
    const auto answer = check();
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_TRUE(answer.has(R"("ok":true)")) << answer.body;
    EXPECT_TRUE(answer.has("cap none: added")) << answer.body;
    EXPECT_TRUE(answer.has(R"("waiting":5,"looked_at":5,"complete":true,"unchanged":2)")) << answer.body;
    EXPECT_TRUE(answer.has(R"("released":0,"held":0,"dropped":3,"kept":0)")) << answer.body;
}

TEST_F(ConfigCheck, a_rule_that_goes_releases_what_it_held) {
    config::CapSettings cap;
    cap.name = "long";
    cap.never = true;
    cap.over = config::CapSettings::Over::drop;
    change().caps.push_back(cap);
    open();
    send(4, "marketing");
    put("");
    EXPECT_TRUE(check().has(R"("released":4,"held":0,"dropped":0)"));
}

TEST_F(ConfigCheck, a_faulty_file_is_told_with_its_places) {
    open();
    put("[[cap]]\nname = \"a\"\nlimit = 0\n");
    const auto answer = check();
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.has(R"("ok":false)")) << answer.body;
    EXPECT_TRUE(answer.has(R"("line":7,"column":9,"text":"limit = 0 may mean)")) << answer.body;
    put("[[quiet]]\nname = \"n\"\nholidays = \"nowhere\"\n");
    const auto rules = check();
    EXPECT_TRUE(rules.has(R"("ok":false)")) << rules.body;
    EXPECT_TRUE(rules.has("nowhere")) << rules.body;
}

}  // namespace
}  // namespace chapar::ingress::test
