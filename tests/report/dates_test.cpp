#include "host/report/dates.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <string>

namespace caviar::report {
namespace {

/// Until its end, the time zone is this one.
class Zone {
public:
    explicit Zone(const char* name) : before_(std::getenv("TZ") ? std::getenv("TZ") : "") { set(name); }
    ~Zone() { set(before_.c_str()); }
    Zone(const Zone&) = delete;
    Zone& operator=(const Zone&) = delete;

private:
    static void set(const char* name) {
        if (*name) setenv("TZ", name, 1);
        else unsetenv("TZ");
        tzset();
    }
    std::string before_;
};

TEST(Dates, OfUtcAreIso8601ToTheMillisecond) {
    EXPECT_EQ(utc_date(0), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(utc_date(1e9 + 0.0625), "2001-09-09T01:46:40.063Z") << "to the nearest";
    EXPECT_EQ(utc_date(1582934399.9996), "2020-02-29T00:00:00.000Z") << "into the next second, a leap day";
    const Zone zone("CET-1");
    EXPECT_EQ(utc_date(1e9), "2001-09-09T01:46:40.000Z") << "wherever this machine is";
}

TEST(Dates, OfThisMachineAreLocalToTheMicrosecond) {
    {
        const Zone zone("IST-5:30"); // POSIX writes zones east of Greenwich with a minus
        EXPECT_EQ(local_date(1e9 + 0.0625), "2001-09-09 07:16:40.062500");
    }
    const Zone zone("CET-1CEST,M3.5.0,M10.5.0/3");
    EXPECT_EQ(local_date(1e9), "2001-09-09 03:46:40.000000") << "in summer";
    EXPECT_EQ(local_date(1.7e9), "2023-11-14 23:13:20.000000");
}

} // namespace
} // namespace caviar::report
