// The suppression list: one by one, and as CSV.
#include "failing_store.hpp"
#include "fixture.hpp"

namespace chapar::ingress::test {
namespace {

class Suppressions : public FrontDoor {
  protected:
    Answer import(std::string_view csv) { return ask("PUT", "/v1/suppressions", csv, {{"Content-Type", "text/csv"}}); }
    std::string exported() { return ask("GET", "/v1/suppressions.csv").body; }
};

TEST_F(Suppressions, addresses_are_canonical_on_the_way_in_and_out) {
    open();
    const auto added = ask("PUT", "/v1/suppressions",
                           R"({"suppressions":[{"channel":"sms","address":"0912 123 4567","reason":"STOP"},)"
                           R"({"channel":"email","address":"a@B.example","until":"2999-01-01T00:00:00Z"}]})");
    ASSERT_EQ(added.status, 200) << added.body;
    EXPECT_TRUE(added.has(R"("added":2,"known":0)"));
    EXPECT_EQ(control.fences, 1);
    const auto one = ask("GET", "/v1/suppressions?channel=sms&address=%2B98-912-123-4567");
    EXPECT_TRUE(one.has(R"("address":"+989121234567","reach":"all")")) << one.body;
    EXPECT_TRUE(one.has(R"("reason":"STOP","source":"shop")")) << one.body;
    EXPECT_EQ(ask("DELETE", "/v1/suppressions?channel=email&address=a@b.EXAMPLE").status, 204);
    EXPECT_EQ(ask("DELETE", "/v1/suppressions?channel=email&address=a@b.example").status, 404);
    EXPECT_EQ(ask("DELETE", "/v1/suppressions").status, 400);
}

TEST_F(Suppressions, a_number_is_the_same_however_it_is_written) {
    open();
    const auto answer =
        import("channel,address\nsms,09121234567\nsms,989121234568\nsms,۰۹۱۲ ۱۲۳ ۴۵۶۹\nsms,9121234567\n");
    EXPECT_TRUE(answer.has("write 09121234567 or +989121234567")) << answer.body;
    for (const auto* number : {"+989121234567", "+989121234568", "+989121234569"})
        EXPECT_NE(exported().find(number), std::string::npos) << number;
}

TEST_F(Suppressions, what_is_wrong_has_its_place) {
    open();
    for (const auto& [body, part] : {
             std::pair(R"({"channel":"email","address":"nobody"})", "/address"),
             std::pair(R"({"address":"a@b.example"})", "/channel"),
             std::pair(R"({"channel":"email","address":"a@b.example","reach":"some"})", "/reach"),
             std::pair(R"({"channel":"email","address":"a@b.example","until":"2001-01-01T00:00:00Z"})",
                       "until is past"),
             std::pair(R"({"chanel":"email","address":"a@b.example"})", "did you mean"),
             std::pair(R"({"suppressions":[]})", "/suppressions"),
         }) {
        const auto answer = ask("PUT", "/v1/suppressions", body);
        EXPECT_EQ(answer.status, 422) << body;
        EXPECT_TRUE(answer.has(part)) << answer.body;
    }
}

TEST_F(Suppressions, pages_hold_all_of_them_once) {
    open();
    std::string csv = "channel,address\n";
    for (int i = 0; i < 25; ++i)
        csv += "email,p" + std::to_string(i) + "@b.example\n";
    ASSERT_EQ(import(csv).status, 200);
    std::size_t seen = 0;
    std::string target = "/v1/suppressions?limit=10";
    for (int page = 0; page < 9; ++page) {
        const auto answer = ask("GET", target);
        for (std::size_t at = 0; (at = answer.body.find("\"channel\"", at)) != std::string::npos; ++at)
            ++seen;
        const auto next = answer.text("next");
        if (next.empty()) break;
        target = "/v1/suppressions?limit=10&cursor=email%20" + next.substr(6);
    }
    EXPECT_EQ(seen, 25u);
}

TEST_F(Suppressions, a_csv_line_that_is_wrong_fails_alone) {
    open();
    const auto answer = import(
        "\xEF\xBB\xBF"
        "address,channel,reason\r\n"
        "a@b.example,email,\"said \"\"no\"\", twice\"\r\n"
        "nonsense,email,x\r\n"
        "\r\n"
        "c@d.example,email\r\n"
        "\"e@f.example,email,x\r\n"
        "A@B.example,email,again\r\n"
        "09121234567,sms,STOP");
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_TRUE(answer.has(R"("failed":3)")) << answer.body;
    EXPECT_TRUE(answer.has(R"({"line":3,"detail":"address: )")) << answer.body;
    EXPECT_TRUE(answer.has(R"({"line":5,"detail":"2 fields, but the header names 3"})")) << answer.body;
    EXPECT_TRUE(answer.has(R"({"line":6,"detail":"a quote is not closed)")) << answer.body;
    const auto csv = exported();
    EXPECT_EQ(csv.find("channel,address,reach,reason,source,at,until\r\n"), 0u) << csv;
    EXPECT_NE(csv.find("sms,'+989121234567,all,STOP,shop,"), std::string::npos) << csv;
    EXPECT_NE(csv.find("a@b.example"), std::string::npos) << csv;
}

TEST_F(Suppressions, the_encoding_that_the_request_says_is_believed_and_an_unknown_one_refused) {
    open();
    const auto in = [&](std::string_view type, std::string_view csv) {
        return ask("PUT", "/v1/suppressions", csv, {{"Content-Type", std::string(type)}});
    };
    // In both encodings it is a text: a word of one sounds like noise of the other.
    const std::string reason = "\xD3\xE1\xC7\xE3";
    const auto csv = [&](std::string_view who) {
        return "channel,address,reason\nemail," + std::string(who) + "@b.example," + reason + "\n";
    };
    EXPECT_EQ(in("text/csv; charset=windows-1256", csv("a")).status, 200);
    EXPECT_EQ(in("text/csv; header=present; Charset=\"CP1252\"", csv("c")).status, 200);
    const auto all = exported();
    EXPECT_NE(all.find("a@b.example,all,سلام,"), std::string::npos) << all;
    EXPECT_NE(all.find("c@b.example,all,ÓáÇã,"), std::string::npos) << all;
    const auto wrong = in("text/csv; charset=utf-8", csv("d"));
    EXPECT_TRUE(wrong.has("\"failed\":1")) << wrong.body;
    const auto unknown = in("text/csv; charset=ebcdic", csv("e"));
    EXPECT_EQ(unknown.status, 415);
    EXPECT_TRUE(unknown.has("charset=ebcdic is not known here; say utf-8")) << unknown.body;
}

TEST_F(Suppressions, what_is_exported_can_be_imported_again) {
    open();
    ASSERT_EQ(
        import("channel,address,reason\nemail,a@b.example,\"x, \"\"y\"\"\"\n*,c@d.example,z\ninapp,u1,q\n").status,
        200);
    const auto csv = exported();
    const auto again = import(csv);
    EXPECT_TRUE(again.has(R"("added":0,"known":3,"failed":0)")) << again.body;
    EXPECT_EQ(exported(), csv);
}

TEST_F(Suppressions, an_export_holds_no_reader_for_a_slow_client_and_ends_with_it) {
    open();
    std::string csv = "channel,address,reason\n";
    const std::string reason(200, 'r');
    for (int i = 0; i < 40'000; ++i)
        csv += "email,p" + std::to_string(i) + "@b.example," + reason + "\n";
    ASSERT_EQ(import(csv).status, 200);
    const int before = failing->suppression_pages;
    {
        std::vector<Client> slow;  // more than there are readers; none of them takes its answer
        for (int i = 0; i < 4; ++i) {
            slow.emplace_back(path);
            slow.back().request("GET", "/v1/suppressions.csv");
        }
        EXPECT_FALSE(slow.front().peek(5'000).empty()) << "it has begun";
        EXPECT_EQ(ask("GET", "/v1/messages").status, 200) << "other reads go on";
    }
    EXPECT_EQ(ask("GET", "/v1/messages").status, 200);
    server.reset();  // all that was begun has ended
    EXPECT_LT(failing->suppression_pages - before, 4 * 20) << "not read to its end for nobody";
}

TEST_F(Suppressions, an_export_that_can_not_be_read_on_is_cut_off) {
    open();
    failing->suppressions_fail = true;
    auto exporter = client();
    exporter.request("GET", "/v1/suppressions.csv");
    exporter.peek(5'000);
    EXPECT_TRUE(exporter.closes_within(0)) << "a client that waits for the rest waits for ever";
}

TEST_F(Suppressions, a_file_without_its_columns_is_refused) {
    open();
    for (const auto* csv : {"email,a@b.example\n", "channel,adress\nemail,a@b.example\n", "channel\nemail\n", "\n\n"}) {
        const auto answer = import(csv);
        EXPECT_EQ(answer.status, 422) << csv;
        EXPECT_TRUE(answer.has("the first line names the columns")) << answer.body;
    }
}

TEST_F(Suppressions, a_long_list_goes_in_and_out) {
    open();
    std::string csv = "channel,address\n";
    for (int i = 0; i < 4500; ++i)
        csv += "email,p" + std::to_string(i) + "@b.example\n";
    const auto answer = import(csv + "email," + std::string(5000, 'x') + "\nemail,last@b.example");
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_TRUE(answer.has(R"("added":4501,"known":0,"failed":1)")) << answer.body;
    const auto out = exported();
    std::size_t lines = 0;
    for (const char c : out)
        lines += c == '\n' ? 1 : 0;
    EXPECT_EQ(lines, 4502u);
}

TEST_F(Suppressions, the_export_knows_head) {
    open();
    auto connection = client();
    connection.request("HEAD", "/v1/suppressions.csv");
    EXPECT_EQ(connection.peek(1000).substr(0, 12), "HTTP/1.1 200");
}

/// Every cell of `csv` that a spreadsheet would run.
std::string formulas_in(std::string_view csv) {
    std::string found;
    bool quoted = false;
    for (std::size_t i = 0; i < csv.size(); ++i) {
        if (csv[i] == '"') quoted = !quoted;
        const bool begins = i == 0 || (!quoted && (csv[i - 1] == ',' || csv[i - 1] == '\n')) ||
                            (csv[i - 1] == '"' && quoted && (i < 2 || csv[i - 2] == ',' || csv[i - 2] == '\n'));
        if (begins && std::string_view("=+-@\t\r").find(csv[i]) != std::string_view::npos && csv.substr(i, 2) != "\r\n")
            found += std::string(csv.substr(i, 20)) + "\n";
    }
    return found;
}

TEST_F(Suppressions, what_a_spreadsheet_would_run_is_exported_as_text_and_comes_back_whole) {
    open();
    int number = 0;
    for (const auto* reason : {R"(=HYPERLINK(\"http://x\",\"y\"))", "@SUM(1)", "-1+1", "+1", "'=1", "''", "plain"}) {
        const auto body = R"({"channel":"push","address":"=cmd|' /c calc'!A)" + std::to_string(number++) +
                          R"(","reason":")" + reason + R"("})";
        ASSERT_EQ(ask("PUT", "/v1/suppressions", body, {{"Content-Type", "application/json"}}).status, 200) << reason;
    }
    const auto csv = exported();
    EXPECT_EQ(formulas_in(csv), "");
    EXPECT_NE(csv.find("HYPERLINK"), std::string::npos);
    const auto again = import(csv);
    ASSERT_EQ(again.status, 200) << again.body;
    EXPECT_TRUE(again.has(R"("added":0)")) << again.body;
    EXPECT_TRUE(again.has(R"("failed":0)")) << again.body;
    EXPECT_EQ(exported(), csv);
}

/// The same file as UTF-16 with a mark.
std::string wide(std::u16string_view text) {
    std::string out = "\xFF\xFE";
    for (const char16_t c : text)
        out += {static_cast<char>(c & 0xFF), static_cast<char>(c >> 8)};
    return out;
}

TEST_F(Suppressions, files_of_offices_are_read_as_they_are) {
    open();
    // ایمیل;کانال;دلیل, as a Persian Excel saves it
    const std::string persian = "\xC7\xED\xE3\xED\xE1;\xDF\xC7\xE4\xC7\xE1;\xCF\xE1\xED\xE1\r\n";
    for (const auto& [csv, read_as] : {
             std::pair<std::string, std::string>("Channel;E-Mail;Reason\r\nemail;1@b.example;x\r\n",
                                                 "UTF-8, separated by semicolons"),
             {"\xEF\xBB\xBF\"کانال\"\t\"ایمیل\"\nemail\t2@b.example\n",
              "UTF-8 with a byte order mark, separated by tabs"},
             {"sep=;\r\nchannel;address\r\nemail;3@b.example\r\n", "(as its \\\"sep=\\\" line says)"},
             {"channel,address,,\r\nemail,4@b.example,,\r\n,,,\r\n", "separated by commas"},
             {wide(u"channel\taddress\r\nemail\t5@b.example\r\n"), "UTF-16LE with a byte order mark"},
             {"channel|address\remail|6@b.example\r", "separated by bars"},
             {"channel,address\nsms,=\"09121234567\"\n", "UTF-8"},
             {persian + "8@b.example;email;\xE4\xE3\xED\xCE\xE6\xC7\xE5\xE3\r\n", "Windows-1256"},
         }) {
        const auto answer = import(csv);
        ASSERT_EQ(answer.status, 200) << answer.body;
        EXPECT_TRUE(answer.has(R"("added":1,"known":0,"failed":0)")) << csv << answer.body;
        EXPECT_TRUE(answer.has(read_as)) << answer.body;
    }
    EXPECT_NE(exported().find("نم"), std::string::npos) << exported();
    for (const auto& [csv, part] : {
             std::pair<std::string, std::string>("PK\x03\x04\x14[Content_Types].xml", "an Excel workbook (.xlsx)"),
             {"email,phone,channel\na@b.example,,email\n", "both mean address"},
             {"channel,\"addr\"ess\nemail,a@b.example\n", "the first line names the columns"},
             {"channel,adress\nemail,a@b.example\n", "did you mean"},
         }) {
        const auto answer = import(csv);
        EXPECT_EQ(answer.status, 422) << csv;
        EXPECT_TRUE(answer.has(part)) << answer.body;
    }
}

TEST_F(Suppressions, bytes_without_a_meaning_cost_their_line_alone) {
    open();
    const auto answer = import(
        "\xEF\xBB\xBF"
        "channel,address,at\nemail,a@b.example,\nemail,\xC7\xED@b.example,\nemail,b@b.example,\n"
        "email,c@b.example,1405/09/10\nemail,\"d@b.example\nemail,\"e@b.example\",\nemail,=A1+1,\nemail,f@b.example,");
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_TRUE(answer.has(R"("added":4,"known":0,"failed":4)")) << answer.body;
    EXPECT_TRUE(answer.has(R"({"line":3,"detail":"these bytes are no UTF-8"})")) << answer.body;
    EXPECT_TRUE(answer.has("2026-12-01T00:00:00+03:30")) << answer.body;
    EXPECT_TRUE(answer.has(R"({"line":6,"detail":"a quote is not closed)")) << answer.body;
    EXPECT_TRUE(answer.has(R"({"line":8,"detail":"a formula in place of its value)")) << answer.body;
}

}  // namespace
}  // namespace chapar::ingress::test
