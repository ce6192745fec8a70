/// The bounces receiver: takes mails that came back by LMTP and from a Maildir and tells the host what they say about
/// messages of ours. It sends nothing. Sockets and files live on a thread of its own.

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "bounce/receiver/intake.hpp"
#include "bounce/receiver/lmtp_server.hpp"
#include "bounce/receiver/maildir_watch.hpp"
#include "bounce/receiver/settings.hpp"
#include "chapar/plugin.hpp"

namespace chapar::bounce {

class Bounces final : public Plugin {
  public:
    static constexpr Traits traits{.idempotent = true, .config_schema = settings_schema};

    Bounces(Host host, const Config& config)
        : host_(host), settings_(read_settings(config, host)), intake_(host, settings_) {
        if (settings_.has_lmtp())
            lmtp_ = std::make_unique<LmtpServer>(io_, settings_,
                                                 [this](const ReceivedMail& mail, std::function<void(bool)> done) {
                                                     intake_.take(mail.text, mail.recipients, std::move(done));
                                                 });
        if (!settings_.maildir.empty())
            maildir_ = std::make_unique<MaildirWatch>(
                settings_.maildir, [this](const std::string& mail, std::function<void(bool)> done) {
                    intake_.take(mail, {}, [this, done = std::move(done)](bool is_taken) {
                        boost::asio::post(io_, [done, is_taken] { done(is_taken); });
                    });
                });
        if (!lmtp_ && !maildir_) host_.error("neither 'lmtp' nor 'maildir' is set: nothing is received");
    }

    ~Bounces() override {
        work_.reset();
        io_.stop();
        if (thread_.joinable()) thread_.join();
    }

    void start() override {
        if (lmtp_) lmtp_->start();
        if (maildir_) look();
        thread_ = std::thread([this] { io_.run(); });
    }

    void drain() override {
        boost::asio::post(io_, [this] {
            is_draining_ = true;
            maildir_timer_.cancel();
            if (lmtp_) lmtp_->stop();
        });
    }

  private:
    static constexpr std::size_t most_at_once = 100;

    /// The Maildir, now and again.
    void look() {
        if (is_draining_) return;
        if (maildir_->under_way() < most_at_once) {
            auto trouble = maildir_->look(most_at_once - maildir_->under_way());
            if (!trouble.empty() && trouble != trouble_) host_.warning(trouble);
            trouble_ = std::move(trouble);
        }
        maildir_timer_.expires_after(settings_.maildir_every);
        maildir_timer_.async_wait([this](boost::system::error_code error) {
            if (!error) look();
        });
    }

    Host host_;
    const Settings settings_;
    const Intake intake_;
    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
    std::unique_ptr<LmtpServer> lmtp_;
    std::unique_ptr<MaildirWatch> maildir_;
    boost::asio::steady_timer maildir_timer_{io_};
    std::string trouble_;  // with the Maildir, said once
    bool is_draining_ = false;
    std::thread thread_;
};

}  // namespace chapar::bounce

CHAPAR_PLUGIN(chapar::bounce::Bounces, "bounces", "1.0")
