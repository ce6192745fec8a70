#pragma once
// A route's settings and messages without a host.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sms/http/request.hpp"
#include "sms/http/settings.hpp"

namespace chapar::sms::http {

/// A message as the host hands it over.
class Sample {
  public:
    Sample(std::string to, std::string text, std::string from = {})
        : to_(std::move(to)), text_(std::move(text)), from_(std::move(from)) {
        content_ = {{str("text"), str(text_)}};
        if (!from_.empty()) content_.push_back({str("from"), str(from_)});
        raw_.struct_size = sizeof raw_;
        raw_.id = str("018f2b6e-0000-7000-8000-000000000001");
        raw_.attempt = str("018f2b6e-0000-7000-8000-000000000001.1");
        raw_.channel = str("sms");
        raw_.address = str(to_);
        raw_.content = {content_.data(), content_.size()};
    }
    Sample(const Sample&) = delete;
    Message message() const { return Message(&raw_); }

  private:
    std::string to_, text_, from_;
    std::vector<chapar_kv> content_;
    chapar_message raw_{};
};

/// A request at the route's address.
class Knock {
  public:
    Knock(std::string method, std::string path, std::string query, std::string body,
          std::vector<std::pair<std::string, std::string>> headers = {})
        : method_(std::move(method)),
          path_(std::move(path)),
          query_(std::move(query)),
          body_(std::move(body)),
          headers_(std::move(headers)) {
        for (const auto& [name, value] : headers_)
            kvs_.push_back({str(name), str(value)});
        raw_.struct_size = sizeof raw_;
        raw_.method = str(method_);
        raw_.path = str(path_);
        raw_.query = str(query_);
        raw_.headers = {kvs_.data(), kvs_.size()};
        raw_.body = str(body_);
    }
    Knock(const Knock&) = delete;
    HttpRequest request() const { return HttpRequest(&raw_); }

  private:
    std::string method_, path_, query_, body_;
    std::vector<std::pair<std::string, std::string>> headers_;
    std::vector<chapar_kv> kvs_;
    chapar_http_request raw_{};
};

inline Settings shipped(const std::string& name) {
    Settings out;
    out.provider = load_description(std::string(CHAPAR_SOURCE_DIR) + "/config/providers/sms/" + name + ".toml");
    out.sender = "10004346";
    out.values["account"] = "AC1";
    out.values["key"] = "geheim";
    return out;
}

/// The smallest description that works, and what a test changes in it.
inline std::string described(std::string_view send_fields, std::string_view answer = {}, std::string_view more = {}) {
    std::string out = "name = \"Test\"\n[settings.optional]\nkey = \"a key\"\naccount = \"an account\"\n";
    out.append("[send]\nurl = \"https://sms.example.com/v1/{key}/send\"\n").append(send_fields).append("\n");
    if (answer.empty()) answer = "[answer]\n[answer.item]\nid = \"/id\"\n";
    return out.append(answer).append("\n").append(more);
}

}  // namespace chapar::sms::http
