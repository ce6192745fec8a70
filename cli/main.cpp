// chapar: the table of commands.

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "cli/command.hpp"
#include "cli/commands.hpp"

namespace chapar::cli {
namespace {

constexpr std::array commands = {
    Command{
        "send", "send one message, a CSV file or NDJSON",
        "send --to ADDRESS --template NAME [--data JSON] [--class NAME] [--channels A,B] [--campaign NAME] [--tag "
        "TAG]...\n"
        "       [--cc ADDRESS,...] [--bcc ADDRESS,...]\n"
        "       [--key KEY] [--send-at TIME] [--expires-at TIME] [--from ADDRESS] [--locale LOCALE] [--timezone ZONE]\n"
        "       [--country IR] [--plan NAME] [--category C] [--variant V] [--household H] [--value N] [--collapse-key "
        "K] "
        "[--fallback-after 2h] "
        "[--test]\n"
        "       [--dedupe-key K --dedupe-window 24h] (--recipient ID or --phone NUMBER in place of --to)\n"
        "  chapar send --csv FILE --template NAME --campaign NAME [--dry-run] [--encoding E] [--every-row] ... "
        "[--progress]\n"
        "  chapar send --ndjson FILE|- [--progress]\n"
        "A row or line without idempotency_key gets one from its content, so a broken run can simply be run again.",
        run_send},
    Command{"show", "a message: state, attempts, decisions", "show ID", run_show},
    Command{"explain", "why a message is where it is, in plain words", "explain [--lang fa] ID", run_explain},
    Command{"list", "messages, newest first",
            "list [--to ADDRESS] [--since TIME] [--until TIME] [--state S] [--class C] [--recipient ID] [--campaign C] "
            "[--tag T] [--template NAME] [--route NAME] [--application NAME] [--limit N]",
            run_list},
    Command{
        "cancel", "take a waiting or held message back",
        "cancel ID | cancel --state waiting|held [--reason R] [--class C] [--campaign C] [--recipient ID] [--tag T]\n"
        "       [--application A] [--dry-run | --yes]\n"
        "Without an id: all that match, counted first.",
        run_cancel},
    Command{"retry", "try a held, failed or expired message again",
            "retry ID | retry --state held|failed|expired [--reason R] [--class C] [--campaign C] [--recipient ID]\n"
            "       [--tag T] [--application A] [--dry-run | --yes]\n"
            "Without an id: all that match, counted first. --reason poison: what ended the daemon.",
            run_retry},
    Command{"release", "let go what is held since a backup was restored",
            "release [--class C] [--campaign C] [--recipient ID] [--tag T] [--application A] [--cancel] [--dry-run | "
            "--yes]\n"
            "Counted first. --cancel: it is put down instead.",
            run_release},
    Command{"backup", "copy the store while it is used",
            "backup FILE [--force] [--progress] [--config FILE | --database FILE]\n"
            "FILE is whole and on disk at the end (mode 0600). The daemon need not run and is not held up.",
            run_backup},
    Command{"restore", "put a backup back; the daemon must be stopped",
            "restore FILE [--yes | --dry-run] [--config FILE | --database FILE]\n"
            "Checks FILE, says what will be held, keeps the replaced store.",
            run_restore},
    Command{"queue", "what waits, and why", "queue [--all]", run_queue},
    Command{"route", "routes: list, pause, resume", "route [list] | route pause NAME [REASON] | route resume NAME",
            run_route},
    Command{
        "recipient", "people: what is known of them, and what they said",
        "recipient show|export|events ID\n"
        "  chapar recipient put ID [FILE|-] [--email A] [--phone N] [--country IR] [--locale L] [--timezone Z] "
        "[--device-timezone Z]\n"
        "       [--household H]\n"
        "  chapar recipient consent ID [subscribed|unsubscribed|pending] [--channel C] [--topic T] [--source S]\n"
        "       [--proof P] [--at TIME]\n"
        "  chapar recipient event ID NAME [--at TIME]\n"
        "  chapar recipient forget ID\n"
        "consent without a state shows what was said. forget erases all that is held and keeps a salted hash of each\n"
        "address, so that nothing is sent there again.",
        run_recipient},
    Command{
        "suppress", "addresses that are not written to",
        "suppress add CHANNEL ADDRESS [--reach all|marketing] [--reason R] [--until TIME]\n"
        "  chapar suppress remove CHANNEL ADDRESS\n"
        "  chapar suppress list [CHANNEL ADDRESS] [--limit N]\n"
        "  chapar suppress import FILE|- [--encoding E]\n"
        "                                    CSV: the first line names the columns, channel and address among them\n"
        "  chapar suppress export            CSV, to stdout",
        run_suppress},
    Command{"engagement", "who opened and clicked: judged again, and totals",
            "engagement rescore [--since TIME]\n"
            "  chapar engagement totals",
            run_engagement},
    Command{"events", "receipts, opt-outs and replies in order",
            "events [--after CURSOR] [--limit N] [--kind KIND,...] [--campaign NAME] [--follow] [--effect EFFECT]",
            run_events},
    Command{"webhook", "webhooks: how endpoints do, and what they get again",
            "webhook [list] | webhook show NAME | webhook test NAME | webhook enable NAME | webhook disable NAME\n"
            "  chapar webhook replay NAME (--since TIME | --event ID)",
            run_webhook},
    Command{
        "report", "what became of a campaign, in numbers",
        "report [CAMPAIGN] [--since DAY] [--until DAY] [--class C] [--channel C] [--template NAME] [--variant V]\n"
        "       [--lang fa] [--calendar jalali|gregorian] [--width N] [--html FILE | --csv] [--by day,channel,...]\n"
        "  chapar report [CAMPAIGN] [--goal NAME] [--credit last_click|last_touch|linear] [--window 14d]\n"
        "The second form works out anew whom conversions are credited to. Days are those of the site's zone.",
        run_report},
    Command{"what-if", "what the policy would say of a message, without effect",
            "what-if (--recipient ID | --to ADDRESS | --phone NUMBER) --template NAME [--at TIME] [--class NAME]\n"
            "       [--channels A,B | --plan NAME] [--category C] [--tag TAG]... [--campaign NAME] [--household H]\n"
            "       [--country IR] [--timezone ZONE] [--from ADDRESS] [--value N] [--data JSON]",
            run_what_if},
    Command{"template", "templates: list, lint",
            "template list | template lint [--lang LANG] [--config FILE] [FOLDER] [TEMPLATE...]", run_template},
    Command{"render", "what a template would send; plain Liquid",
            "render TEMPLATE [--locale LOCALE] [--channel CHANNEL] [--data FILE|JSON] [--open] [--part NAME]\n"
            "       [--folder DIR] [--recipient JSON] [--timezone ZONE]\n"
            "  chapar render FILE [DATA.json]\n"
            "  chapar render --jsonl\n"
            "TEMPLATE is a name, a template's folder or one of its files; its own sample data stands in for --data.",
            run_render},
    Command{"config", "check the configuration", "config check [--config FILE] | config check --against-store",
            run_config},
    Command{"cost", "what a send would cost: segments and money",
            "cost --template NAME --csv FILE [--channel sms] [--locale LOCALE] [--class NAME] [--country IR]\n"
            "       [--config FILE] [--folder DIR] [--timezone ZONE]\n"
            "Columns are those of chapar send --csv; prices are those of the configuration's routes. Nothing is sent.",
            run_cost},
    Command{"link", "a link of the site: whose it is, and where it leads",
            "link SEAL|CODE|ADDRESS\n"
            "A link of a mail or an SMS as a person has it, or what stands behind its last slash. For the operator.",
            run_link},
    Command{"phone", "a phone number: E.164, country, type, operator",
            "phone NUMBER [--country IR] | phone --jsonl [--country IR]\n"
            "Lines of {\"phone\": ..., \"country\": ...} are answered one for one; country may be left out.",
            run_phone},
    Command{"bounce", "what a mail that came back says",
            "bounce [--key FILE]... [--rules FILE] [--replies FILE] FILE|-...\n"
            "Says of each mail what it is (a bounce, a complaint, an automatic reply), why, and what it would do.\n"
            "--key: the site's key, to look at the seal of its return path; --rules, --replies: rules of your own.\n"
            "Nothing is sent, and no daemon is asked.",
            run_bounce},
    Command{"sms", "what a text costs as SMS", "sms count [--smart] TEXT | sms count [--smart] --jsonl", run_sms},
    Command{"plugin", "plugins: list, check", "plugin list [DIR] | plugin check FILE", run_plugin},
};

void print_usage(std::FILE* to) {
    std::fputs("usage: chapar [--socket PATH] [--application NAME] [--json] COMMAND ...\n\n", to);
    for (const Command& command : commands)
        std::fputs(fmt::format("  {:<10} {}\n", command.name, command.summary).c_str(), to);
    std::fputs(
        "\nchapar COMMAND --help says more. The socket is /run/chapar/chapar.sock, or $CHAPAR_SOCKET.\n"
        "Root and operators speak for any application by --application; others for those that the configuration "
        "names.\n"
        "Exit status: 0 done, 1 failed or refused, 2 usage, 3 the daemon does not answer, 4 no such thing.\n",
        to);
}

int run(std::span<const std::string_view> args) {
    Context context;
    if (const char* socket = std::getenv("CHAPAR_SOCKET"); socket != nullptr) context.socket = socket;
    std::vector<std::string_view> words;
    for (std::size_t i = 0; i < args.size(); ++i) {
        if (args[i] == "--json") {
            context.json = true;
        } else if (args[i] == "--socket" && i + 1 < args.size()) {
            context.socket = args[++i];
        } else if (args[i] == "--application" && i + 1 < args.size()) {
            context.application = args[++i];
        } else {
            words.push_back(args[i]);
        }
    }
    if (words.empty()) {
        print_usage(stderr);
        return Exit::usage;
    }
    if (words[0] == "--help" || words[0] == "help") {
        print_usage(stdout);
        return Exit::ok;
    }
    if (words[0] == "--version") {
        std::puts("chapar " CHAPAR_VERSION);
        return Exit::ok;
    }
    for (const Command& command : commands) {
        if (command.name != words[0]) continue;
        if (words.size() > 1 && words[1] == "--help") {
            std::puts(fmt::format("usage: chapar {}", command.usage).c_str());
            return Exit::ok;
        }
        return command.run(context, std::span(words).subspan(1));
    }
    std::fputs(fmt::format("chapar: there is no command {}\n\n", words[0]).c_str(), stderr);
    print_usage(stderr);
    return Exit::usage;
}

}  // namespace
}  // namespace chapar::cli

int main(int argc, char** argv) {
    const std::vector<std::string_view> args(argv + 1, argv + argc);
    return chapar::cli::run(args);
}
