"""Alert rules, their tests and a dashboard for Prometheus and Grafana: `python -m deploy.monitoring` writes them."""
