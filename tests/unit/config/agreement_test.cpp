#include "config/suggest.hpp"

#include "files.hpp"

#include <gmock/gmock.h>

namespace chapar::config {
namespace {

using testing::HasSubstr;

const std::string shop = "[[application]]\nname='shop'\nusers=['web']\nchannels=['*']\n";
const std::string route = "[[route]]\nname='a'\nplugin='email'\n";

class Agreement : public Files {};

TEST_F(Agreement, an_unknown_class_is_refused_with_the_nearest) {
    EXPECT_EQ(said(shop + "classes=['otp','tranactional']\n"),
              "chapar.toml:5:16: no class \"tranactional\"; did you mean \"transactional\"?\n");
    EXPECT_THAT(said(route + "channel='email'\nclasses=['bulk']\n"),
                HasSubstr("no class \"bulk\"; known: marketing, otp and transactional"));
}

TEST_F(Agreement, no_route_is_called_as_the_one_that_tests_go_to) {
    EXPECT_THAT(said("[[route]]\nname='sandbox'\nplugin='email'\nchannel='email'\n"),
                HasSubstr("chapar.toml:2:6: \"sandbox\" is the route that tests go to"));
    EXPECT_THAT(said("[[route]]\nname='a'\nplugin='email'\nchannel='sandbox'\n"),
                HasSubstr("chapar.toml:4:9: \"sandbox\" is the route that tests go to"));
    EXPECT_EQ(said("[[route]]\nname='sandbox-eu'\nplugin='email'\nchannel='email'\n"), "");
    EXPECT_EQ(said("[sandbox]\nenabled=false\nreceipt_after='0s'\nslow_after='1h'\n"), "");
    EXPECT_THAT(said("[sandbox]\nslow_after='-1s'\n"), HasSubstr("slow_after"));
}

TEST_F(Agreement, lines_are_senders_with_classes_that_exist) {
    const std::string sms = "[[route]]\nname='a'\nplugin='sms'\nchannel='sms'\n";
    EXPECT_EQ(said(sms + "lines=['+98300012345=marketing', 'Shop=otp,transactional']\n"), "");
    EXPECT_EQ(said(sms + "lines=['3000=marketing', 'Shop=otp,markting']\n"),
              "chapar.toml:5:26: no class \"markting\"; did you mean \"marketing\"?\n");
    EXPECT_THAT(said(sms + "lines=['a@b.example=otp']\n"),
                HasSubstr("chapar.toml:5:8: lines, element 1, = \"a@b.example=otp\": expected \"SENDER=CLASS,CLASS\""));
    EXPECT_THAT(said(sms + "lines=['3000']\n"), HasSubstr("expected \"SENDER=CLASS,CLASS\""));
    EXPECT_THAT(said(sms + "lines=['A much too long name=otp']\n"), HasSubstr("at most 11"));
    EXPECT_THAT(said(sms + "lines=['3000=otp', '+3000=marketing']\n"),
                HasSubstr("chapar.toml:5:20: the line +3000 stands already"));
    EXPECT_THAT(said(sms + "classes=['otp', 'marketing']\nlines=['3000=otp']\n"),
                HasSubstr("chapar.toml:5:17: no line of route \"a\" carries class \"marketing\""));
    EXPECT_THAT(said(route + "channel='email'\nlines=['3000=otp']\n"), HasSubstr("lines are for the channel sms"));
}

TEST_F(Agreement, the_answer_to_an_opt_out_must_be_able_to_leave) {
    const std::string sms = "[[route]]\nname='a'\nplugin='sms'\nchannel='sms'\n";
    const std::string answer = "[channel.sms]\nstop_answer='You get no more offers.'\n";
    EXPECT_EQ(said(sms + answer), "");
    EXPECT_THAT(said(answer), HasSubstr("no route carries class \"transactional\" of the channel sms"));
    EXPECT_THAT(said(sms + "lines=['3000=marketing']\n" + answer), HasSubstr("no route carries class"));
    EXPECT_THAT(said(sms + answer + "stop_answer_class='marketing'\n"),
                HasSubstr("chapar.toml:7:19: class \"marketing\" has requires other than none"));
    EXPECT_THAT(said(sms + answer + "stop_answer_class='servce'\n"), HasSubstr("no class \"servce\""));
    EXPECT_THAT(said("[channel.email]\nstop_answer='x'\n"), HasSubstr("stop_answer is for the channel sms"));
}

TEST_F(Agreement, what_may_be_attached_fits_into_a_request) {
    const std::string may = shop + "classes=['*']\nattachment_limit='";
    EXPECT_THAT(
        said(may + "2MiB'\n"),
        HasSubstr("chapar.toml:6:18: attachments of 2097152 bytes make a request of about 2812588, and max_body "
                  "of [socket] is 1048576: raise it, or lower attachment_limit to 774144 or less"));
    EXPECT_THAT(said(may + "1MiB'\n"), HasSubstr("attachments of 1048576 bytes")) << "base64 is a third more";
    EXPECT_EQ(said(may + "774144B'\n"), "");
    EXPECT_THAT(said(may + "774147B'\n"), HasSubstr("lower attachment_limit to 774144 or less"));
    EXPECT_EQ(said(may + "2MiB'\n[socket]\nmax_body='3MiB'\n"), "");
}

TEST_F(Agreement, shares_come_to_half_at_most) {
    EXPECT_THAT(said("[class.a]\nshare=0.3\n[class.b]\nshare=0.2\n"),
                HasSubstr("chapar.toml:4:7: the shares of all classes come to 0.55: expected at most 0.5"));
    EXPECT_EQ(said("[class.a]\nshare=0.3\n[class.b]\nshare=0.15\n"), "");
}

TEST_F(Agreement, names_stand_once_and_both_places_are_named) {
    EXPECT_EQ(said(route + "channel='email'\n" + route + "channel='sms'\n"),
              "chapar.toml:6:6: route \"a\" stands already at chapar.toml:2:6\n");
}

TEST_F(Agreement, a_receiver_has_a_name_of_its_own) {
    const std::string smtp = "[[route]]\nname='smtp'\nplugin='email'\nchannel='email'\n";
    EXPECT_EQ(said(smtp + "[[receiver]]\nname='bounces'\nplugin='bounces'\n[receiver.settings]\nlmtp='/run/x'\n"), "");
    EXPECT_THAT(said(smtp + "[[receiver]]\nname='smtp'\nplugin='bounces'\n"),
                HasSubstr("\"smtp\" is the name of a route"));
    EXPECT_THAT(said("[[receiver]]\nname='a'\nplugin='b'\n[[receiver]]\nname='a'\nplugin='b'\n"), HasSubstr("a"));
    EXPECT_THAT(said("[[receiver]]\nname='a'\n"), HasSubstr("[[receiver]] has no plugin"));
    EXPECT_THAT(said("[[receiver]]\nname='a'\nplugin='b'\nchannel='email'\n"), HasSubstr("channel"));
}

TEST_F(Agreement, nobody_is_no_identity) {
    for (const auto* name : {"65534", "nobody", ""}) {
        EXPECT_THAT(
            said("[[application]]\nname='b'\nusers=['" + std::string(name) + "']\nchannels=['*']\nclasses=['*']\n"),
            HasSubstr("chapar.toml:3:8: users, element 1, = \"" + std::string(name) + "\": "));
    }
}

TEST_F(Agreement, a_user_may_speak_for_several_applications) {
    EXPECT_EQ(said(shop + "classes=['*']\n[[application]]\nname='b'\nusers=['web']\nchannels=['*']\nclasses=['*']\n"),
              "");
}

TEST_F(Agreement, an_application_that_may_send_nothing_is_a_slip_unless_it_operates) {
    EXPECT_THAT(said(shop), HasSubstr("chapar.toml:1:1: application \"shop\" has no classes"));
    EXPECT_EQ(said("[[application]]\nname='ops'\ngroups=['adm']\noperator=true\n"), "");
}

TEST_F(Agreement, channels_are_usual_ones_or_those_of_a_route) {
    EXPECT_THAT(said(route + "channel='emial'\n"), HasSubstr("no channel \"emial\"; did you mean \"email\"?"));
    EXPECT_EQ(said(route + "channel='telegram'\n"), "");
    EXPECT_THAT(said("[[application]]\nname='b'\nusers=['web']\nchannels=['telegram']\nclasses=['*']\n"),
                HasSubstr("no channel \"telegram\""));
}

TEST_F(Agreement, required_keys_are_asked_for) {
    EXPECT_EQ(said("[[route]]\nname='a'\nchannel='email'\n"),
              "chapar.toml:1:1: [[route]] has no plugin: The plugin's name, found in plugin_dirs.\n");
}

TEST_F(Agreement, lists_are_checked_element_by_element) {
    const auto text =
        said(shop + "classes=['*']\nfrom=['a@b','*@b','@b','a b@c','*x@b','*']\nheaders=['X-Order','Subject']\n");
    EXPECT_THAT(text, HasSubstr("from, element 3, = \"@b\""));
    EXPECT_THAT(text, HasSubstr("from, element 4,"));
    EXPECT_THAT(text, HasSubstr("from, element 5,"));
    EXPECT_THAT(text, testing::Not(HasSubstr("element 2, = \"*@b\"")));
    EXPECT_THAT(text, HasSubstr("headers, element 2, = \"Subject\": that header is written by chapard itself"));
}

TEST(Suggest, distance_counts_swaps_as_one_edit) {
    EXPECT_EQ(edit_distance("tiemzone", "timezone"), 1U);
    EXPECT_EQ(edit_distance("", "abc"), 3U);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
    const std::string_view known[] = {"rate", "reserve"};
    EXPECT_EQ(nearest("rat", known), "rate");
    EXPECT_EQ(nearest("RATE", known), "rate");
    EXPECT_EQ(nearest("window", known), "");
    EXPECT_EQ(nearest(std::string(1000, 'x'), known), "");
}

}  // namespace
}  // namespace chapar::config
