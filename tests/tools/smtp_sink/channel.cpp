#include "channel.hpp"

#include <linux/sockios.h>
#include <openssl/err.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace sink {

Channel::~Channel() {
    if (tls_) SSL_free(tls_);
    close(fd_);
}

void Channel::start_tls(SSL_CTX* context) {
    tls_ = SSL_new(context);
    SSL_set_fd(tls_, fd_);
    SSL_set_accept_state(tls_);
}

ssize_t Channel::tls_result(int result) const {
    switch (SSL_get_error(tls_, result)) {
        case SSL_ERROR_WANT_READ:
        case SSL_ERROR_WANT_WRITE:
            return would_block;
        case SSL_ERROR_ZERO_RETURN:
            return 0;
        default:
            return broken;
    }
}

ssize_t Channel::read(char* to, std::size_t size) {
    if (tls_) {
        ERR_clear_error();
        int result = SSL_read(tls_, to, static_cast<int>(size));
        return result > 0 ? result : tls_result(result);
    }
    auto got = recv(fd_, to, size, 0);
    if (got >= 0) return got;
    return errno == EAGAIN || errno == EINTR ? would_block : broken;
}

ssize_t Channel::write(const char* from, std::size_t size) {
    if (size == 0) return 0;
    if (tls_) {
        ERR_clear_error();
        int result = SSL_write(tls_, from, static_cast<int>(size));
        return result > 0 ? result : tls_result(result);
    }
    auto put = send(fd_, from, size, MSG_NOSIGNAL);
    if (put >= 0) return put;
    return errno == EAGAIN || errno == EINTR ? would_block : broken;
}

int Channel::unacknowledged() const {
    int bytes = 0;
    return ioctl(fd_, SIOCOUTQ, &bytes) == 0 ? bytes : -1;
}

void Channel::reset_on_close() {
    linger hard{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

}  // namespace sink
