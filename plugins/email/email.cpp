/// The email channel over SMTP: each message becomes one RFC 5322 mail and one transfer of the host.
/// All of it runs on the instance's strand but signing, which has threads of its own.

#include "email_rules/address.hpp"
#include "mail.hpp"
#include "settings.hpp"
#include "signing.hpp"
#include "verdict.hpp"

#include "chapar/plugin.hpp"
#include "chapar/urgent_first.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace chapar::email {

namespace {

/// Somebody who gets a copy, and what it is called where the address has no place.
struct Recipient {
    std::string address;  ///< as it stands in the envelope
    std::string name;
};

/// A mail on its way, with the attempt that it answers.
struct Letter {
    Attempt attempt;
    Built mail;
    std::vector<Recipient> copies;
    std::string signature;  ///< DKIM fields, empty without a key
    bool urgent = false;
    bool unsigned_by_failure = false;

    [[nodiscard]] std::string text() const {
        std::string whole;
        whole.reserve(signature.size() + mail.head.size() + 2 + mail.body.size());
        return (((whole += signature) += mail.head) += "\r\n") += mail.body;
    }
};

std::chrono::sys_seconds now() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

/// cc as it was built, bcc behind it: nothing of that is in the mail.
std::expected<std::vector<Recipient>, Refusal> copies_of(const Message& message, const Built& built) {
    std::vector<Recipient> out;
    for (std::size_t i = 0; i < message.copy_count(); ++i)
        if (const Copy copy = message.copy(i); !copy.hidden)
            out.push_back({built.cc[out.size()], std::string(copy.name)});
    for (std::size_t i = 0; i < message.copy_count(); ++i) {
        const Copy copy = message.copy(i);
        if (!copy.hidden) continue;
        auto address = parse_address(copy.address);
        if (!address)
            return std::unexpected(Refusal{CHAPAR_MESSAGE, "an address of bcc is refused: " + address.error()});
        out.push_back({address->text(), std::string(copy.name)});
    }
    return out;
}

/// A copy that was refused is named by its place in the request: what is said here is logged and shown. Servers repeat
/// the address.
std::string refusals_in(const TransferResult& result, const std::vector<Recipient>& copies) {
    std::string out;
    for (const auto [address, reply] : result.refused()) {
        const auto copy = std::ranges::find(copies, address, &Recipient::address);
        if (copy == copies.end()) continue;
        std::string words = without_address(reply, address);
        std::ranges::replace(words, '\n', ' ');
        out += "; without " + copy->name + ": " + words;
    }
    return out;
}

/// What stands before the @ of the Message-ID: a seal, so that a report that lost the envelope's address is believed
/// where it returns the head of the mail. Empty: there is no key.
std::string sealed_id(const Settings& settings, std::string_view attempt) {
    if (!settings.seals) return {};
    const auto sealed = settings.seals->sender("m@id", attempt);
    return sealed ? sealed->substr(0, sealed->find('@')) : std::string();
}

std::expected<Built, Refusal> build_mail(const Message& message, const Settings& settings) {
    Mail mail;
    const Fields content = message.content();
    mail.attempt = message.attempt();
    const std::string id = sealed_id(settings, message.attempt());
    mail.message_id = id;
    mail.to = message.address();
    mail.from = content["from"].empty() ? std::string_view(settings.from) : content["from"];
    mail.reply_to = content["reply_to"];
    mail.subject = content["subject"];
    mail.html = content["html"];
    mail.text = content["text"];
    mail.preheader = content["preheader"];
    mail.list_unsubscribe = content["list_unsubscribe"];
    mail.locale = message.locale();
    mail.date = now();
    std::vector<std::pair<std::string_view, std::string_view>> headers;
    for (const auto field : message.headers())
        headers.push_back(field);
    std::vector<File> files;
    for (std::size_t i = 0; i < message.attachment_count(); ++i) {
        const Attachment file = message.attachment(i);
        files.push_back({file.name, file.content_type, file.content_id, file.bytes});
    }
    std::vector<std::string_view> cc;
    for (std::size_t i = 0; i < message.copy_count(); ++i)
        if (const Copy copy = message.copy(i); !copy.hidden) cc.push_back(copy.address);
    mail.cc = cc;
    mail.headers = headers;
    mail.files = files;
    return build(mail);
}

}  // namespace

class Email final : public Plugin {
  public:
    static constexpr Traits traits{.channels = {"email"},
                                   .carries_copies = true,
                                   .max_batch = 64,
                                   .max_in_flight = 256,
                                   .config_schema = settings_schema};

    Email(Host host, const Config& config) : host_(host), settings_(read_settings(config, host)) {
        if (!settings_.dkim_keys.empty())
            signing_ = std::make_unique<SigningThreads>(host, settings_.dkim_domain, settings_.dkim_keys,
                                                        settings_.signing_threads);
        if (settings_.tls == Tls::none && !settings_.is_local)
            host_.warning("tls = none: mails leave this route unencrypted");
    }

    ~Email() override {
        waiting_.for_each([](const auto& letter) { give_back(*letter); });
    }

    void send(Batch batch) override {
        for (Attempt& attempt : batch.split()) {
            auto built = build_mail(attempt.message(), settings_);
            if (!built) {
                refuse(attempt, std::move(built.error()));
                continue;
            }
            auto copies = copies_of(attempt.message(), *built);
            if (!copies) {
                refuse(attempt, std::move(copies.error()));
                continue;
            }
            const bool urgent = attempt.message().urgent();
            accept(std::make_shared<Letter>(
                Letter{std::move(attempt), std::move(*built), std::move(*copies), {}, urgent, false}));
        }
    }

    void cancel(BatchId batch) override {
        waiting_.for_each([batch](const auto& letter) {
            if (letter->attempt.batch() == batch) give_back(*letter);
        });
        waiting_.erase_if([](const auto& letter) { return !letter->attempt.is_open(); });
        std::vector<std::uint64_t> ending;
        for (const auto& [transfer, running] : running_)
            if (running.batch == batch) ending.push_back(transfer);
        for (const auto transfer : ending) {
            forget(transfer);
            host_.cancel_transfer(transfer);
        }
        start_waiting();
    }

  private:
    struct Signature final : SigningThreads::Task {
        Signature(Email& owner, std::shared_ptr<Letter> to_sign) : email(owner), letter(std::move(to_sign)) {}
        void sign(DkimSigner& signer) override {
            letter->signature = signer.sign(letter->mail.head, letter->mail.body, now());
            letter->unsigned_by_failure = letter->signature.empty();
        }
        void finish() override { email.enqueue(std::move(letter)); }
        void give_up() override { give_back(*letter); }
        Email& email;
        std::shared_ptr<Letter> letter;
    };

    static void refuse(Attempt& attempt, Refusal why) {
        attempt.complete(Outcome::rejected(static_cast<Blame>(why.blame), "", std::move(why.sentence)));
    }

    /// Nothing of it has left.
    static void give_back(Letter& letter) {
        letter.attempt.complete(Outcome::retry(Blame::nobody, "", "the route was ended before the mail was sent"));
    }

    void accept(std::shared_ptr<Letter> letter) {
        if (!signing_) return enqueue(std::move(letter));
        const bool urgent = letter->urgent;
        signing_->add(std::make_shared<Signature>(*this, std::move(letter)), urgent);
    }

    void enqueue(std::shared_ptr<Letter> letter) {
        if (letter->unsigned_by_failure) {
            letter->attempt.complete(Outcome::retry(Blame::provider, "", "the mail could not be signed"));
            return;
        }
        const bool urgent = letter->urgent;
        waiting_.push(std::move(letter), urgent);
        start_waiting();
    }

    /// A few connections are kept for urgent mails: an OTP does not wait until a bulk mail is through.
    void start_waiting() {
        const std::size_t for_ordinary = settings_.connections - places_for_urgent(settings_.connections);
        while (!waiting_.empty() && running_.size() < settings_.connections) {
            const bool may_be_ordinary = running_.size() - running_urgent_ < for_ordinary;
            if (!may_be_ordinary && !waiting_.has_urgent()) return;
            launch(may_be_ordinary ? waiting_.pop() : waiting_.pop_urgent());
        }
    }

    void forget(std::uint64_t transfer) {
        const auto found = running_.find(transfer);
        if (found == running_.end()) return;
        if (found->second.urgent) --running_urgent_;
        running_.erase(found);
    }

    /// The return path: one for this attempt alone, where there is a key to seal it with.
    std::string sender_of(const Letter& letter) const {
        if (settings_.return_path.empty()) return letter.mail.from;
        if (!settings_.seals) return settings_.return_path;
        return settings_.seals->sender(settings_.return_path, letter.attempt.message().attempt())
            .value_or(settings_.return_path);
    }

    /// RFC 3461, section 5.4: 100 bytes as xtext, which writes the plus as three.
    static bool fits_envelope_id(std::string_view sender) {
        constexpr std::size_t longest = 96;
        return sender.size() <= longest && std::ranges::all_of(sender, [](char c) { return c > 0x20 && c < 0x7F; }) &&
               std::ranges::count(sender, '+') + std::ranges::count(sender, '=') <= 2;
    }

    void launch(std::shared_ptr<Letter> letter) {
        const std::string body = letter->text();
        Transfer transfer;
        transfer.url = settings_.url;
        transfer.body = body;
        const std::string sender = sender_of(*letter);
        transfer.mail_from = sender;
        // Reports repeat it where the address that they come to got lost on the way.
        if (settings_.seals && sender != settings_.return_path && fits_envelope_id(sender))
            transfer.envelope_id = sender;
        transfer.rcpt_to = {letter->mail.to};
        for (const auto& copy : letter->copies)
            transfer.rcpt_to.emplace_back(copy.address);
        transfer.copies = true;
        transfer.user = settings_.user;
        transfer.password = settings_.password;
        transfer.ca_file = settings_.ca_file;
        transfer.tls = settings_.tls;
        transfer.connect_timeout = settings_.connect_timeout;
        transfer.timeout = settings_.timeout;
        transfer.smtp_utf8 = letter->mail.needs_smtp_utf8;
        transfer.helo = settings_.helo;
        transfer.urgent = letter->urgent;
        const auto id = std::make_shared<std::uint64_t>(0);
        const auto started = host_.transfer(transfer, [this, letter, id](const TransferResult& result) {
            forget(*id);
            auto outcome = classify({result.phase(), result.code(), result.reply(), result.timed_out(), result.error()},
                                    settings_.replies);
            if (outcome.verdict == Verdict::accepted) outcome.detail += refusals_in(result, letter->copies);
            letter->attempt.complete(std::move(outcome));
            start_waiting();
        });
        *id = started;
        if (started == 0) return give_back(*letter);
        running_.emplace(started, Running{letter->attempt.batch(), letter->urgent});
        if (letter->urgent) ++running_urgent_;
        letter->mail = {};  // the host has its own copy
    }

    Host host_;
    const Settings settings_;
    struct Running {
        BatchId batch;  ///< that it serves
        bool urgent;
    };
    UrgentFirst<std::shared_ptr<Letter>> waiting_;        ///< built and signed, beyond `connections`
    std::unordered_map<std::uint64_t, Running> running_;  ///< transfers
    std::size_t running_urgent_ = 0;
    std::unique_ptr<SigningThreads> signing_;  ///< last: its threads end first
};

}  // namespace chapar::email

CHAPAR_PLUGIN(chapar::email::Email, "email", "1.0")
