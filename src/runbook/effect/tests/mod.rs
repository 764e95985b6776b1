//! What is proven, and what must never be.

use super::*;
use proptest::prelude::*;

fn effect(text: &str) -> Effect {
    of_text(text).0
}

/// Proven to read.
const READS: &[&str] = &[
    "ls -la /var/lib/mysql",
    "cat /etc/hostname",
    "grep -c ERROR /var/log/x.log",
    "head -20 x",
    "tail -100 /var/log/x | grep -i error",
    "df -h",
    "du -sh /var/lib/*",
    "free -m",
    "ps aux | grep mysqld | grep -v grep",
    "uptime",
    "whoami",
    "id",
    "hostname -f",
    "date -u +%FT%TZ",
    "date '+%F %T'",
    "ping -c 3 db1",
    "ping -c 3 db1 2>/dev/null",
    "/usr/bin/uptime",
    "curl -fsS http://db1:8080/health",
    "curl -s http://x/health",
    "curl -sf -m 5 -o /dev/null -w '%{http_code}' http://db1/health",
    "curl -sfo /dev/null https://db1/",
    "curl -X GET -H \"Authorization: Bearer $TOKEN\" http://db1/api",
    "curl -sI \"$URL\"",
    "wget -qO- http://db1/health",
    "ss -ltn",
    "ss -ltnp | grep 3306",
    "mysqladmin ping",
    "mysqladmin -h db1 status",
    "mysqladmin -uroot -psecret processlist",
    "mysql -h x -e \"SHOW SLAVE STATUS\\G\" | grep Seconds_Behind_Master",
    "mysql -Ne 'SELECT @@hostname, @@read_only'",
    "mysql -h db1 -N -B -e 'SELECT COUNT(*) FROM t WHERE x < 0' app",
    "mysql -h db1 <<'EOF'\n-- the replica's lag\nSHOW SLAVE STATUS\\G\nSELECT 1;\nEOF",
    "mysql -h db1 <<EOF\n# lag\nSELECT 1 -- one\nEOF",
    "psql -h db1 -Atc 'select pg_is_in_recovery()'",
    "psql -X -c '\\l'",
    "psql <<EOF\n\\x\nSELECT pid, state FROM pg_stat_activity WHERE state <> 'idle';\n\\dt public.*\nEOF",
    "for r in a b; do mysql -h $r -e 'SHOW MASTER STATUS'; done",
    "for r in a b; do\n  echo \"== $r\"\n  mysql -h \"$r\" -e 'SHOW SLAVE STATUS\\G' | grep -E 'Running|Behind'\ndone",
    "for t in users orders; do mysql -e \"SELECT COUNT(*) FROM $t\" app; done",
    "for h in db1 db2; do ssh $h 'systemctl is-active mysqld'; done",
    "while read -r host; do echo \"$host\"; done < hosts.txt",
    "ip addr show | grep 10.0.0.1",
    "ip a",
    "ip -br link show",
    "ip -4 a show dev eth0",
    "ip route get 10.0.0.1",
    "systemctl status mariadb",
    "systemctl is-active --quiet x || echo down",
    "systemctl list-units --failed --no-pager",
    "journalctl -u x --no-pager",
    "journalctl -u mysqld -n 50 --since '10 min ago'",
    "aws rds describe-db-instances --query 'x'",
    "aws --region eu-west-1 rds describe-db-instances --output table",
    "aws ssm get-parameter --name x",
    "aws ecr get-login-password",
    "aws s3 ls s3://bucket/backups/",
    "kubectl get pods -n x",
    "kubectl -n prod get pods -o wide",
    "kubectl logs deploy/x --tail=100",
    "kubectl auth can-i get pods",
    "kubectl rollout status deploy/x",
    "docker ps -a",
    "docker inspect -f x",
    "git log --oneline -5",
    "git diff HEAD~1 -- x",
    "git rev-parse HEAD",
    "redis-cli -h r1 INFO replication",
    "redis-cli ping",
    "maxctrl list servers",
    "patronictl -c /etc/patroni.yml list",
    "pg_ctl -D /data status",
    "vault status",
    "ssh db1 'systemctl status x'",
    "ssh -o ConnectTimeout=5 -p 22 root@db1 uptime",
    "ssh db1 <<'EOF'\nuptime\ndf -h\nEOF",
    "sudo systemctl status x",
    "sudo -u postgres psql -c 'select pg_is_in_recovery()'",
    "timeout 5 mysqladmin ping",
    "time ls",
    "nice -n 10 du -sh /var",
    "env LC_ALL=C sort x",
    "LC_ALL=C sort -u x",
    "PGPASSWORD=x psql -c 'SELECT 1'",
    "command -v psql",
    "cat hosts | xargs -n1 ping -c1",
    "cat hosts | xargs -I{} ping -c 1 {}",
    "bash -c 'ls -l; uptime'",
    "watch -n 1 'uptime'",
    "find /var/log -name '*.log' -mtime +7 -print",
    "sed -n 's/^server=//p' x",
    "sed -E 's|a|b|g; /x/d' x",
    "sed -n '5,10p' x",
    "awk '{print $2}' x",
    "awk -F: '$3 > 80 { print $1 }' x",
    "df -h | awk 'NR > 1 && /sd|nvme/ { if ($5 > 80) print $6 }'",
    "sort -k2 -n x | uniq -c | sort -rn | head",
    "xxd x | head",
    "openssl x509 -in c.pem -noout -dates",
    "mysqlbinlog --start-position=4 -v binlog.000001 | head",
    "dmesg -T | tail",
    "lag=$(mysql -Ne 'SELECT 1')\n[ \"$lag\" -lt 10 ] && echo ok",
    "lag=$(mysql -Ne 'SELECT 1'); if [[ $lag -gt 10 ]]; then echo \"lag $lag\"; else echo fine; fi",
    "n=$((1 + 2)); echo $n",
    "case $x in a) echo a ;; *) echo b ;; esac",
    "check() { mysqladmin -h \"$1\" ping; }\ncheck db1\ncheck db2",
    "set -euo pipefail\nls",
    "X=1",
    "export DB_HOST=db1\nmysql -h $DB_HOST -e 'SELECT 1'",
    "mysql -h \"$DB_HOST\" -e 'SELECT 1'",
    "diff <(ls a) <(ls b)",
    "( ls; uptime ) 2>&1",
    "{ ls; uptime; } 2>/dev/null",
    "echo \"$(hostname) `date`\"",
    "until mysqladmin ping; do sleep 1; done",
    "echo rm -rf x",
    "mysql -h \u{E000} -e 'SELECT 1'",
    "ls # > x",
    "docker exec x ls",
    "docker exec -it -u postgres -w /tmp -e PGUSER=x db psql -U app -c 'SELECT 1'",
    "docker exec -i db mysql <<EOF\nSHOW SLAVE STATUS\\G\nEOF",
    "docker compose exec -T db redis-cli info",
    "docker compose -f x.yml exec db redis-cli ping",
    "docker-compose -p app exec -T --user postgres db pg_isready",
    "podman exec db sh -c 'ls; df -h'",
    "docker container exec db cat /etc/hosts",
    "kubectl exec db-0 -- pg_isready",
    "kubectl -n prod exec db-0 -c postgres -- psql -Atc 'SELECT 1'",
    "kubectl exec -it db-0 -n prod -- patronictl list",
    "kubectl exec deploy/x -- sh -c 'df -h | grep data'",
    "oc exec db-0 -- uptime",
    "aws route53 get-change --id x",
    "aws logs tail /aws/x --since 1h",
    "docker-compose ps",
    "docker-compose -f x.yml ps -q",
    "docker-compose logs -f --tail=10 db",
    "docker-compose config",
    "docker-compose images",
    "docker-compose top",
    "docker compose -f x.yml ps",
    "docker compose config --format json",
];

/// Anything but a read.
const WRITES: &[&str] = &[
    // Flags in one word, and what is not known.
    "curl -sX DELETE http://x",
    "curl -fsSX PUT http://x",
    "curl -sXPOST http://x",
    "curl -d a=b http://x",
    "curl -sd a=b http://x",
    "curl --data-raw x http://x",
    "curl --data x http://x",
    "curl -F a=@b http://x",
    "curl -T f http://x",
    "curl -o file http://x",
    "curl -so file http://x",
    "curl -O http://x/f",
    "curl -sSLO http://x/f",
    "curl --json x http://x",
    "curl -K f",
    "curl --requ DELETE http://x",
    "curl -w '%output{f}x' http://x",
    "curl $OPTS http://x",
    "curl gopher://x:6379/_FLUSHALL",
    "curl dict://x:6379/FLUSHALL",
    "curl -s{XDELETE,v} http://x",
    "curl \"${OPTS[@]}\" http://x",
    "O='-X DELETE'; curl $O http://x",
    "for m in GET DELETE; do curl -X $m http://x; done",
    "wget http://x/f",
    "ip a d 10.0.0.1/24 dev eth0",
    "ip addr add 10.0.0.1/24 dev eth0",
    "ip l s eth0 down",
    "ip link set eth0 down",
    "ip r f all",
    "ip -b f",
    "ip netns exec x ls",
    // The shell.
    "sed -Ei s/a/b/ f",
    "sed -ni s/a/b/p f",
    "sed -i s/a/b/ f",
    "sed -i.bak s/a/b/ f",
    "sed 's|a|b|w f' x",
    "sed 's/a/b/e' x",
    "sed 's/a/b/gw f' x",
    "sed '1e rm x' x",
    "sed 'w f' x",
    "sed -n '/a/w f' x",
    "sed -f f x",
    "sed \"$S\" x",
    "trap 'rm x' EXIT",
    "alias ls='rm x'; ls",
    "ls() { touch x; }; ls",
    "ls() { echo; }",
    "function cat { touch x; }",
    "if a; then f() { ls; }; fi; f",
    "f() { ls; }; unset f; f",
    "{ ls; } > f",
    "( ls ) > f",
    "for i in a; do ls; done > f",
    "while read x; do echo; done >> f",
    "if ls; then ls; fi > f",
    "ls >> f",
    "ls >| f",
    "ls &> f",
    "ls &>> f",
    "ls >& f",
    "ls <> f",
    "ls > \"$F\"",
    "> f",
    "ls 2> f",
    "PATH=/tmp ls",
    "LD_PRELOAD=x ls",
    "FOO=x ls",
    "export PATH=/tmp:$PATH; ls",
    "PATH=/tmp; ls",
    "declare PATH=/tmp",
    "read -r PATH < f",
    "for PATH in /tmp; do ls; done",
    "printf -v PATH /tmp",
    "IFS=x; ls",
    "eval ls",
    "eval \"$X\"",
    "source f",
    ". f",
    "exec ls",
    "exec > f",
    "command rm x",
    "env rm x",
    "env PATH=/tmp ls",
    "env -S 'rm x'",
    "sudo touch x",
    "sudo -i",
    "sudo systemctl restart mariadb",
    "cat x | xargs touch",
    "cat x | xargs curl",
    "cat x | xargs -I{} sh -c 'ls {}'",
    "cat x | xargs -I{} {}",
    "timeout 5 touch x",
    "nice touch x",
    "time touch x",
    "time -o f ls",
    "nohup ls",
    "watch touch x",
    "watch ls '$(touch x)'",
    "find . -exec touch {} +",
    "find . -delete",
    "find . -fprint f",
    "find . -fprintf f x",
    "find . -ok touch {} ;",
    "ls >(touch x)",
    "ls | tee >(cat)",
    "cat <(touch x)",
    "echo $(touch x)",
    "echo `touch x`",
    "echo \"$(touch x)\"",
    "echo ${X:-$(touch x)}",
    "echo \"${X:-`touch x`}\"",
    "X=$(touch x)",
    "A=($(touch x))",
    "cat <<EOF\n$(touch x)\nEOF",
    "cat <<EOF\n`touch x`\nEOF",
    "cat <<< $(touch x)",
    "echo $((1 + $(touch x)))",
    "[[ -n $(touch x) ]]",
    "case $(touch x) in a) ls ;; esac",
    "for i in $(touch x); do ls; done",
    "cat < $(touch x)",
    "x='a[$(touch x)]'; echo $((x))",
    "x='a[$(touch x)]'; [[ $x -gt 1 ]]",
    "[ -v 'a[$(touch x)]' ]",
    "${X@P}",
    "echo ${X@P}",
    "echo ${!X}",
    "echo \"$\\\n(touch x)\"",
    "cat <<EOF\n$\\\n(touch x)\nEOF",
    "cat <<EOF\na\\\nEOF\ntouch x\nEOF",
    "cat << EOF\n  EOF\ntouch x\nEOF",
    "ls &",
    "ls & touch x",
    "$CMD x",
    "$CMD",
    "\"$CMD\" x",
    "/bin/l*",
    "{touch,x}",
    "./ls",
    "/tmp/ls",
    "/usr/../tmp/bin/ls",
    "\u{E000} x",
    "ls\r\n",
    "echo 'a",
    "if ls; then",
    "f() { touch x; }; f",
    "while ls; do touch x; done",
    "ls; touch x",
    "ls && touch x",
    "ls || touch x",
    "ls | sh",
    "ls | bash -s",
    "bash f.sh",
    "bash -c \"$X\"",
    "sh -c '[[ a > b ]]'",
    "ssh db1 '[[ a > b ]]'",
    "ssh db1 '((x > 3))'",
    "ssh db1 touch x",
    "ssh db1 'ls; touch x'",
    "ssh db1 \"ls $X\"",
    "ssh db1",
    "ssh $OPTS uptime",
    "ssh -o ProxyCommand='touch x' db1 uptime",
    "ssh -E f db1 uptime",
    "shopt -s extglob; ls",
    "set -o allexport",
    "let x=1",
    "coproc ls",
    "hash -p /tmp/x ls",
    "enable -n echo",
    "builtin eval ls",
    "mapfile -C touch -c 1 x < f",
    // Programs.
    "hostname newname",
    "hostname -b x",
    "hostname -F f",
    "date 010203042026",
    "date -s now",
    "date -us now",
    "date --set=now",
    "dmesg -c",
    "dmesg -C",
    "dmesg -cT",
    "dmesg -Tc",
    "dmesg --clear",
    "sort -o f f",
    "sort -of f",
    "sort -uo f f",
    "sort --output=f f",
    "sort --outp=f f",
    "sort --compress-program=x f",
    "uniq in out",
    "uniq *",
    "uniq $X",
    "xxd -r f",
    "xxd in out",
    "openssl x509 -in a -out b",
    "openssl genrsa -out k",
    "openssl s_client -connect a:1",
    "git diff --output=f",
    "git log --output=f",
    "git checkout x",
    "git fetch",
    "git branch x",
    "git -c core.pager=x log",
    "awk -f f x",
    "awk '{print > \"f\"}' x",
    "awk '{print | \"sh\"}' x",
    "awk 'BEGIN{system(\"x\")}'",
    "awk 'BEGIN{\"x\" | getline}'",
    "awk '{ if (1) /\"/; print \"a\" > \"f\"; /\"/ }' x",
    "awk '{ print /\"/ > \"f\" ; \"/\" }' x",
    "awk \"$P\" x",
    "gawk -i inplace '{print}' x",
    "mysqlbinlog -r f b",
    "mysqlbinlog -vr f b",
    "mysqlbinlog --result-file=f b",
    "mysqlbinlog --raw b",
    "vault read database/creds/x",
    "ls | tee f",
    "tee f",
    "dd if=a of=b",
    "kubectl apply -f x",
    "kubectl exec p -- touch x",
    "kubectl exec p ls -n touch",
    "kubectl exec p -- sh",
    "kubectl exec p -- sh -c \"$X\"",
    "kubectl exec p -- $CMD",
    "kubectl exec $P -- ls",
    "kubectl exec p -f x -- ls",
    "kubectl exec p -- ./ls",
    "ls() { touch x; }; kubectl exec p -- ls",
    "docker exec x touch f",
    "docker exec -d x ls",
    "docker exec -e PATH=/tmp x ls",
    "docker exec -e \"$V\" x ls",
    "docker exec -itePATH=/tmp x ls",
    "docker exec --env-file f x ls",
    "docker exec x",
    "docker exec x sh -c 'ls; touch f'",
    "docker exec x bash",
    "docker exec x mysql -e 'STOP SLAVE'",
    "docker compose exec db touch f",
    "docker compose -f x.yml up -d",
    "docker compose run db ls",
    "docker-compose up -d",
    "docker-compose -f ps up",
    "docker-compose config -o f",
    "docker compose config --output f",
    "podman run x ls",
    "oc rsh p ls",
    "aws logs put-log-events x",
    "kubectl rollout restart deploy/x",
    "kubectl scale deploy/x --replicas=0",
    "kubectl config use-context x",
    "kubectl -n get annotate pod x a=b",
    "kubectl cluster-info dump --output-directory=x",
    "oc project x",
    "docker run x",
    "docker stop x",
    "podman start x",
    "systemctl start x",
    "systemctl daemon-reload",
    "systemctl --now enable x",
    "aws s3 cp a b",
    "aws s3 sync a b",
    "aws s3api get-object --bucket b --key k f",
    "aws --region eu-west-1 rds reboot-db-instance",
    "aws rds --region describe-x modify-db-instance",
    "aws rds $OP",
    "maxctrl call command x",
    "maxctrl set server x master",
    "pg_ctl promote -D x",
    "patronictl switchover",
    "redis-cli CONFIG SET a b",
    "redis-cli EVAL x 0",
    "redis-cli SET a b",
    "redis-cli -x get",
    "redis-cli",
    "redis-cli $X",
    "psql -f x.sql",
    "psql < x.sql",
    "psql -c '\\! touch x'",
    "psql -c '\\copy a to b'",
    "psql -c '\\o f'",
    "psql -o f -c 'SELECT 1'",
    "psql -L f -c 'SELECT 1'",
    "psql -c 'SELECT 1 \\g f'",
    "psql -c 'SELECT 1 \\gexec'",
    "psql -c 'SELECT 1' -f x.sql",
    "psql <<EOF\n\\echo `touch x`\nEOF",
    "psql <<'EOF'\n\\set x `touch x`\nEOF",
    "psql <<'EOF'\nSELECT :x;\nEOF",
    "psql",
    "cat x | psql",
    "echo 'DROP TABLE x' | mysql",
    "mysql < dump.sql",
    "mysql --tee=f -e 'SELECT 1'",
    "mysql --pager=x -e 'SELECT 1'",
    "mysql --init-command=x -e 'SELECT 1'",
    "mysql --delimiter=x -e 'SELECT 1'",
    "mysql -e 'source f'",
    "mysql -e 'system touch x'",
    "mysql -e '\\! touch x'",
    "mysql -e 'SELECT 1 \\T f'",
    "mysql -e \"$SQL\"",
    "mysql -e \"SELECT * FROM $T\"",
    "mysql -e 'SELECT 1' -e 'STOP SLAVE'",
    "mysql -Ne 'STOP SLAVE'",
    "mysql -e 'STOP SLAVE'",
    "mysql -e \"SELECT '\u{E000}'\"",
    "for s in 'SELECT 1' 'STOP SLAVE'; do mysql -e \"$s\"; done",
    "X='SELECT 1'; if ls; then X='STOP SLAVE'; fi; mysql -e \"$X\"",
    "X='SELECT 1'; f() { X='STOP SLAVE'; }; f; mysql -e \"$X\"",
    "mysqladmin ping shutdown",
    "mysqladmin flush-hosts",
    "psql -c 'select pg_promote()'",
    "less +!touch x",
    "less -o f x",
    "tree -o f",
    "journalctl --vacuum-size=1",
    "journalctl --rotate",
    "ss -K dst x",
    "ss -tK dst x",
    "arp -d x",
    "nc db1 3306",
    "yq -i x f",
    "iptables -A INPUT",
    "iptables -L -Z",
    "sysctl a=b",
    "sysctl -w a=b",
    "crontab f",
    "mount /dev/x /mnt",
    "rg --pre x y",
    "file -C -m x",
    "unknown-tool --list",
    "echo $(reboot)",
    "ping -c 3 db1 > /tmp/x",
    "ssh db1 'ls \u{E000}'",
    "bash -c 'ls \u{E000}'",
    "bash <<'EOF'\nls \u{E000}\nEOF",
    "mysql -e 'SELECT \u{E000}'",
    "sed 's/a/\u{E000}/' x",
    "awk '/\u{E000}/' x",
    "X='SELECT 1'; N=X; export $N='STOP SLAVE'; mysql -e \"$X\"",
    "X='SELECT 1'; N=X; printf -v $N 'STOP SLAVE'; mysql -e \"$X\"",
    "X='SELECT 1'; F=-v; printf $F X 'STOP SLAVE'; mysql -e \"$X\"",
    "X='SELECT 1'; N=X; read $N <<< 'STOP SLAVE'; mysql -e \"$X\"",
    "X='SELECT 1'; X+='; STOP SLAVE'; mysql -e \"$X\"",
    "arch rm x",
    "curl -H 'X-HTTP-Method-Override: DELETE' http://x",
    "terraform plan -out=f",
    "helm upgrade x y",
];

const DESTROYS: &[&str] = &[
    "rm -rf /var/lib/mysql",
    "rm -vrf x",
    "sudo rm -fr x",
    "cat x | xargs rm -f",
    "kill -9 $(pidof mariadbd)",
    "dd if=/dev/zero of=/dev/sda",
    "mkfs.ext4 /dev/sdb",
    "mysql -h a << EOF\nSTOP SLAVE;\nRESET MASTER;\nEOF",
    "mysql -e 'DROP TABLE x'",
    "mysql -e 'TRUNCATE x'",
    "psql -c 'DELETE FROM x'",
    "kubectl delete pod x",
    "kubectl exec p -- rm -rf x",
    "git push --force",
    "aws ec2 terminate-instances --instance-ids i",
    "ssh db1 'rm -rf x'",
    "bash -c 'rm -rf x'",
    "trap 'rm -rf x' EXIT",
    "alias ls='rm -rf'; ls",
    "eval 'rm -rf x'",
    "find . -exec rm -rf {} +",
    "find . -delete",
    "echo $(rm -rf x)",
    "f() { rm -rf x; }; f",
    "terraform destroy",
    "redis-cli flushall",
    "for i in a; do rm -rf $i; done",
    "docker exec -it db rm -rf /var/lib/x",
    "docker exec -i -u postgres -e A=b -w /x db dropdb app",
    "docker exec -itu root db redis-cli FLUSHALL",
    "docker exec db sh -c 'rm -rf x'",
    "docker exec db mysql -e 'DROP DATABASE x'",
    "docker exec -i db mysql <<EOF\nDROP DATABASE x;\nEOF",
    "docker compose -f x.yml exec -T --user postgres db psql -c 'DROP TABLE x'",
    "docker-compose exec db redis-cli flushall",
    "docker run --rm -v data:/data alpine sh -c 'rm -rf /data'",
    "podman exec db redis-cli flushdb",
    "kubectl exec db-0 -c x -n y -- redis-cli flushall",
    "kubectl exec db-0 redis-cli flushall",
    "knife ssh 'role:db' 'sudo rm -rf /x' -x ubuntu",
    "ansible db -m shell -a \"rm -rf /x\"",
    "ansible db -m shell -a \"cmd=rm -rf /x\"",
    "pssh -h hosts -i 'rm -rf /x'",
    "pdsh -w db[1-3] rm -rf /x",
    "pdsh -w db1 'ls; rm -rf /x'",
    "clush -w @db -b 'rm -rf /x'",
    "salt '*' cmd.run 'rm -rf /x'",
    "fab -H db1 -- rm -rf /x",
    "tsh ssh root@db1 'rm -rf /x'",
    "tsh ssh root@db1 rm -rf /x",
    "vagrant ssh db1 -c 'rm -rf /x'",
    "aws ssm send-command --document-name AWS-RunShellScript --parameters 'commands=[\"sudo rm -rf /x\"]'",
    "aws ssm send-command --parameters '{\"commands\":[\"ls\",\"rm -rf /x\"]}'",
    "aws ssm send-command --parameters commands='rm -rf /x'",
    "az vm run-command invoke -n db1 --scripts 'rm -rf /x'",
    "gcloud compute ssh db1 --command 'rm -rf /x'",
    "gcloud compute ssh db1 --command='rm -rf /x'",
    "gcloud compute ssh db1 --zone z -- rm -rf /x",
    "su - postgres -c 'dropdb app'",
    "su - postgres --command 'dropdb app'",
    "su postgres --command='rm -rf x'",
    "oc rsh db-0 rm -rf /x",
    "bosh -d x ssh db/0 -c 'sudo rm -rf /x'",
    "bundle exec rake db:drop",
    "run 'rm -rf /x'",
    "docker compose down -v",
    "docker compose -f x.yml down --remove-orphans --volumes",
    "docker-compose down -v",
    "mysqladmin -f drop app",
    "mongo app --eval 'db.dropDatabase()'",
    "mongosh --eval \"db.users.drop()\"",
    "mongosh app --eval='db.users.deleteMany( {} )'",
    "mongosh <<EOF\nuse app\ndb.dropDatabase()\nEOF",
    "knife node delete db1 -y",
    "consul kv delete -recurse service/x",
    "rake db:drop",
    "rails db:reset",
    "RAILS_ENV=production bin/rails db:drop",
    "sudo gitlab-rake gitlab:db:drop",
    "gsutil -m rm -r gs://b/x",
    "rbd rm pool/x",
    "aws s3 rm s3://b --recursive",
    "aws s3 sync a s3://b --delete",
    "pg_restore --clean -d app x.dump",
    "pg_restore -c -d app x.dump",
    "etcdctl del --prefix /service",
    "ceph osd purge 3 --yes-i-really-mean-it",
    "zfs destroy tank/x",
    "truncate -s 0 x",
];

/// Speak of what destroys, and do nothing.
const HARMLESS: &[&str] = &[
    "echo \"do not rm -rf /\"",
    "echo 'rm -rf /'",
    "printf 'rm -rf x\\n'",
    "grep 'DROP TABLE' log",
    "grep 'rm -rf x' log",
    "git commit -m \"rm -rf x\"",
    "logger 'rm -rf x is next'",
    "read -p 'rm -rf x? ' y",
    "[ \"$x\" = 'rm -rf x' ]",
    "[[ $x == 'rm -rf x' ]]",
    "[[ $(cat f) == 'rm -rf x' ]] && ls",
    "case $x in 'rm -rf x') ls ;; esac",
    "for c in 'rm -rf x' b; do echo \"$c\"; done",
    "X='rm -rf x'",
    "export X='rm -rf x'",
    "sed -i 's/x/rm -rf y/' f",
    "curl -d 'rm -rf x' http://x",
    "docker ps --format 'rm -rf x'",
    "docker exec db kill -HUP 1",
    "docker compose down",
    "docker-compose stop",
    "kubectl annotate pod x note='rm -rf x'",
    "gitlab-rake gitlab:password:reset",
    "mongosh --eval 'db.users.find({})'",
    "pg_restore -d app x.dump",
    "kubectl exec p -- grep 'kubectl delete x' f",
    "ansible db -a 'echo rm -rf x'",
    "knife ssh 'role:db' uptime",
    "consul kv get x",
];

#[test]
fn proven_reads() {
    let wrong: Vec<String> =
        READS.iter().filter(|t| effect(t) != Effect::Read).map(|t| format!("{t:?}: {:?}", of_text(t))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn commands_within_commands_are_looked_into_so_far_only() {
    for one in ["docker exec a ", "ssh a ", "kubectl exec a -- ", "docker exec -i a "] {
        let text = format!("{}ls", one.repeat(20_000));
        assert_eq!(effect(&text), Effect::Write, "{one}");
        assert_eq!(crate::runbook::terminal::attended(&shell::scan(&text)), None, "{one}");
    }
}

/// Found by fuzzing: an argument of a database client that begins with a letter of two bytes.
#[test]
fn arguments_of_database_clients_may_be_anything() {
    for text in ["mysql ée", "psql …c x", "mysql -e", "mysql é"] {
        effect(text);
    }
}

#[test]
fn never_proven() {
    let wrong: Vec<&&str> = WRITES.iter().filter(|t| effect(t) == Effect::Read).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn destroyers() {
    let wrong: Vec<&&str> = DESTROYS.iter().filter(|t| effect(t) != Effect::Destructive).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_only_speaks_of_destroying() {
    let wrong: Vec<String> = HARMLESS
        .iter()
        .filter(|t| effect(t) == Effect::Destructive)
        .map(|t| format!("{t:?}: {:?}", of_text(t)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn reasons_name_the_sub_command() {
    for (text, reason) in [
        ("kubectl scale deploy/x --replicas=0", "`kubectl scale` is not known only to read"),
        ("kubectl -n prod scale deploy/x --replicas 0", "`kubectl scale` is not known only to read"),
        ("kubectl rollout restart deploy/x", "`kubectl rollout restart` is not known only to read"),
        ("kubectl get pods --raw", "`kubectl get --raw` is not known only to read"),
        ("gcloud run services update x --region=y", "`gcloud run services update` is not known only to read"),
        ("docker compose --env-file .env up -d", "`docker compose up` is not known only to read"),
        ("git diff-tree -r --root HEAD", "`git diff-tree` is not known only to read"),
        ("consul lock -rf x", "`consul lock` is not known only to read"),
        ("docker compose -f x.yml up -d", "`docker compose up` is not known only to read"),
        ("docker exec db psql -U x -f y", "`psql -f` is not known only to read"),
        ("docker exec -d db ls", "`docker exec -d` is not known only to read"),
        ("redis-cli", "`redis-cli` is not known only to read"),
        ("sort -o f f", "`sort -o` is not known only to read"),
        ("gcloud compute instances delete db1", "`gcloud compute instances delete` destroys"),
        ("kubectl -n prod delete pod x", "`kubectl delete` destroys"),
        ("docker-compose -f x.yml down -v", "`docker-compose down -v` destroys"),
        ("git push origin --force", "`git push --force` destroys"),
        ("rm x -rf", "`rm -rf` destroys"),
        ("docker exec db redis-cli -h x flushall", "`redis-cli flushall` destroys"),
    ] {
        assert_eq!(of_text(text).1, reason, "{text}");
    }
}

/// The effects of a runbook's commands, in order.
fn of_runbook(text: &str) -> Vec<Effect> {
    let source = crate::source::Source::new("x.md", text);
    let runbook = crate::runbook::read(&source, &crate::syntax::parse(&source.text));
    runbook.steps.iter().flat_map(|s| &s.commands).map(|c| c.effect).collect()
}

#[test]
fn what_one_fence_defines_is_not_proven_in_another() {
    use Effect::{Read, Write};
    let page = |one: &str, two: &str| {
        format!("# X\n\n## Steps\n\n1. One\n\n   ```bash\n   {one}\n   ```\n\n2. Two\n\n   ```bash{two}\n   ```\n")
    };
    assert_eq!(of_runbook(&page("uptime", "\n   ls -l")), [Read, Read]);
    assert_eq!(of_runbook(&page("ls() { touch x; }", "\n   ls -l")), [Write, Write]);
    assert_eq!(of_runbook(&page("ls() { touch x; }", "\n   df -h")), [Write, Read]);
    assert_eq!(of_runbook(&page("ls() { touch x; }", " {fresh}\n   ls -l")), [Write, Read]);
    assert_eq!(of_runbook(&page("shopt -s expand_aliases", "\n   ls -l")), [Write, Write]);
    assert_eq!(of_runbook(&page("echo <host>", "\n   ssh <host> 'ls <dir>'")), [Read, Write]);
}

#[test]
fn the_reason_is_a_short_phrase() {
    for text in WRITES {
        let (_, why) = of_text(text);
        assert!(!why.is_empty() && why.len() < 120 && !why.contains('\n'), "{text:?}: {why}");
    }
}

/// What makes a script write wherever it is added on a line of its own, or behind a command.
const MORE: &[&str] = &[
    "; rm -rf x",
    " > f",
    " >> f",
    " | sh",
    " $(rm x)",
    " && touch f",
    " || touch f",
    " & touch f",
    "\ntouch f",
    " `touch f`",
    " | tee f",
];

fn one_line() -> impl Iterator<Item = &'static str> {
    READS.iter().copied().filter(|t| !t.contains("EOF") && !t.contains('#'))
}

#[test]
fn nothing_that_writes_hides_behind_a_read() {
    for text in one_line() {
        for more in MORE {
            // `X=1 $(…)` and `done $(…)` are no scripts; neither is proven.
            let both = format!("{text}{more}");
            assert_ne!(effect(&both), Effect::Read, "{both}");
        }
    }
}

/// Found by chance: a backslash at the end of quoted text.
#[test]
fn a_text_that_ends_in_the_middle_of_a_word_is_read() {
    for text in ["''\"\\", "a\\", "$'", "x=$(", "\"$", "<<", "ls <"] {
        assert_ne!(of_text(text).0, Effect::Read, "{text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reads_in_any_frame_stay_guarded(
        a in prop::sample::select(one_line().collect::<Vec<_>>()),
        b in prop::sample::select(one_line().collect::<Vec<_>>()),
        writes in prop::sample::select(vec!["touch f", "rm x", "echo > f", "$X", "eval ls", "ls &"]),
        frame in 0usize..11,
    ) {
        let with = |inside: &str| match frame {
            0 => format!("{a}; {inside}"),
            1 => format!("{a} | {{ {inside}; }}"),
            2 => format!("if {a}; then\n{inside}\nelse {b}; fi"),
            3 => format!("( {a}\n{inside}\n)"),
            4 => format!("for i in 1 2; do {a}\n{inside}\ndone"),
            5 => format!("echo \"$({a}\n{inside}\n)\""),
            6 => format!("g() {{ {a}\n{inside}\n}}\n{b}"),
            7 => format!("case x in x) {inside}\n;; esac\n{a}"),
            8 => format!("cat <<E\n$({inside}\n)\nE\n{a}"),
            9 => format!("while {inside}\ndo {a}\ndone"),
            _ => format!("X=$({inside}\n)\n{a}"),
        };
        prop_assert_ne!(effect(&with(writes)), Effect::Read);
    }

    /// A proof survives no bracket, quote or operator too many, and never panics.
    #[test]
    fn anything_may_be_read(text in "[ -~\n]{0,60}") {
        let (_, why) = of_text(&text);
        prop_assert!(!why.is_empty());
    }

    /// Made of the words that matter to a shell.
    #[test]
    fn only_listed_programs_are_proven(pieces in prop::collection::vec(prop::sample::select(vec![
        "ls", "touch f", ";", "\n", "&&", "|", "$(", ")", "`", "\"", "'", "{ ", "; }", "if ", "then ", "fi", "<<E\n", "\nE\n", "#", "\\", "((", "))", "[[ ", " ]]", "case x in ", "esac", ";;", "x)", "$", "${", "}", "do ", "done", "for i in a; ", " ",
    ]), 0..12)) {
        let text = pieces.concat();
        if effect(&text) == Effect::Read && text.contains("touch f") {
            // Then it was text: bash must not run it.
            let dir = tempfile::tempdir().map_err(|e| TestCaseError::fail(e.to_string()))?;
            let ran = std::process::Command::new("bash").args(["--norc", "-c", &text]).current_dir(dir.path()).output();
            prop_assert!(ran.is_ok());
            prop_assert!(!dir.path().join("f").exists(), "{text:?}");
        }
    }
}
